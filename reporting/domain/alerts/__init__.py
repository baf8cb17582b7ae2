"""The rules of alerts: how one lives, when its mails may go, who is told next. Pure.

firing ── acknowledge ─▶ acknowledged ── plan ─▶ plan submitted ── accept ─▶ in action
   ▲                        ▲                         │ return
   └── no accepted plan in 20 business days, or its day has passed, or it got worse ──┘
any ── the standing is good again ─▶ resolved
"""

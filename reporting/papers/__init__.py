"""Meeting papers: what the desk shows, on A4 and in a workbook.

`paper.py` says what a paper is, `pdf.py` and `xlsx.py` make files of one; the others fill it from the look-ups of the
pages, for whoever asks.
"""

def answer(exc, context):
    return None

"""Nanoseconds of client time for one stream in the Python package `openai`.

python3 python_openai.py SERVER TOKENS CHUNKS N
"""
import sys
import time

import openai

server, tokens, chunks, n = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
client = openai.OpenAI(api_key="sk-bench", base_url=f"{server}/openai-{tokens}-{chunks}")


def read():
    length = 0
    messages = [{"role": "user", "content": "hello"}]
    for event in client.chat.completions.create(model="m", messages=messages, stream=True):
        length += len(event.choices[0].delta.content or "")
    assert length > 0


for _ in range(5):
    read()
before = time.process_time_ns()
for _ in range(n):
    read()
print((time.process_time_ns() - before) // n)

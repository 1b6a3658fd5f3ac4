"""Fuzzes the server with schemathesis, which knows nothing about it but an OpenAPI document.

    python3 fuzz.py SERVER DOCUMENT [--work DIR] [--examples N] [--seed N]

SERVER is the built program, DOCUMENT an OpenAPI document whose chat paths may
or may not carry the /api/v2 prefix. schemathesis is used if it is installed,
else it is installed into DIR (default: a temporary folder); if that fails, the
script prints a line that begins with SKIPPED and exits with 77.

Two runs: one lets schemathesis find its own way through all operations, one
aims everything at a session that exists, so that it gets past the 404s.

Left out on purpose:
- use_after_free: closing a session is not deleting it. A closed session is
  still listed (`is_active=false`), shown and exported.
- response_schema_conformance of the stream and of the export: schemathesis
  reads a schema under text/event-stream as the frame {event, id, data}, not as
  the JSON inside `data`, and a binary schema as a JSON string. The crate's own
  tests hold every event and reply against the contract instead.
- positive_data_acceptance of the decision on a plan, in the aimed run: the one plan that
  exists can be decided once.
- content_type_conformance of these two, where a document says that they only answer
  with application/json: a stream of events and a Markdown file do not.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

KEY = "aion_conformance_test_key_0000"
VERSION = "schemathesis>=4.32,<5"
PREFIX = "/api/v2"
# What test programs of automake exit with when they were skipped.
NOT_RUN = 77


def schemathesis(work):
    """The command, installed if need be; None if it cannot be had."""
    found = shutil.which("schemathesis")
    if found:
        return found
    home = work / "schemathesis"
    command = home / ("Scripts" if os.name == "nt" else "bin") / "schemathesis"
    if not command.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, capture_output=True)
            pip = command.with_name("pip")
            subprocess.run([str(pip), "install", "--quiet", VERSION], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"SKIPPED: schemathesis cannot be installed: {error}")
            return None
    return str(command)


def call(base, path, body):
    request = urllib.request.Request(
        base + path,
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as refusal:
        return json.load(refusal)


def configuration(paths, prefix, base):
    """Switches checks off for single operations, and names a session and a plan that exist."""
    session = call(base, "/chat/sessions", {"title": "Fuzzed"})["session_id"]
    message = {"message": "find cats and select them"}
    plan = call(base, f"/chat/sessions/{session}/messages", message)["plan_data"]["plan_id"]
    off = ""
    for method, path, media in (
        ("post", f"{prefix}/chat/sessions/{{session_id}}/messages/stream", "text/event-stream"),
        ("get", f"{prefix}/chat/sessions/{{session_id}}/export", "text/markdown"),
    ):
        off += f'[[operations]]\ninclude-name = "{method.upper()} {path}"\n'
        off += "checks.response_schema_conformance.enabled = false\n"
        if media not in paths[path][method]["responses"]["200"]["content"]:
            off += "checks.content_type_conformance.enabled = false\n"
        off += "\n"
    decide = f"POST {prefix}/chat/sessions/{{session_id}}/plans/{{plan_id}}/action"
    decided = f'[[operations]]\ninclude-name = "{decide}"\nchecks.positive_data_acceptance.enabled = false\n\n'
    aimed = f'[parameters]\n"path.session_id" = "{session}"\n"path.plan_id" = "{plan}"\n\n'
    return off, aimed + off + decided


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("server")
    arguments.add_argument("document")
    arguments.add_argument("--work")
    arguments.add_argument("--examples", default="50")
    arguments.add_argument("--seed", default="1")
    options = arguments.parse_args()
    document = str(Path(options.document).resolve())
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(options.work or temporary).resolve()
        work.mkdir(parents=True, exist_ok=True)
        command = schemathesis(work)
        if command is None:
            return NOT_RUN
        paths = json.loads(Path(document).read_text(encoding="utf-8"))["paths"]
        prefix = PREFIX if any(path.startswith(f"{PREFIX}/chat/") for path in paths) else ""
        server = subprocess.Popen([options.server, "--api-key", KEY], stdout=subprocess.PIPE, text=True)
        try:
            base = server.stdout.readline().strip().removeprefix("listening on ")
            free, aimed = configuration(paths, prefix, base)
            common = [
                command, "run", document,
                "--url", base.removesuffix(PREFIX) if prefix else base,
                "--header", f"Authorization: Bearer {KEY}",
                "--include-path-regex", f"^{prefix}/chat/",
                "--exclude-checks", "use_after_free",
                "--max-examples", options.examples,
                "--seed", options.seed,
                "--no-color",
            ]
            # Closing the one session would end the aimed run at its first DELETE.
            runs = (("free", free, []), ("aimed", aimed, ["--phases", "coverage,fuzzing", "--exclude-method", "DELETE"]))
            for name, text, more in runs:
                folder = Path(temporary) / name
                folder.mkdir()
                (folder / "schemathesis.toml").write_text(text, encoding="utf-8")
                print(f"schemathesis, {name} run", flush=True)
                failed = subprocess.run(common + more, cwd=folder, check=False).returncode
                if failed or server.poll() is not None:
                    return failed or 1
        finally:
            server.terminate()
            server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())

/// The texts that are served when there is no folder.
enum BundledDocuments {
    static let all = [
        Document(id: "welcome.md", text: """
            # Welcome

            This is the reference server of Interlock. It serves documents and a few tools, each of which shows one hazard of
            concurrent calls and how the runtime keeps it harmless. Give it a folder of your own with `--documents DIR`:
            Markdown and text files in it are indexed, searched, and followed while they change.
            """),
        Document(id: "tools.md", text: """
            # Tools

            - `search_documents` and `get_document` find texts by words and fetch them by id.
            - `register_user` and `get_user` give ten places to whoever comes first. Checking for a place and taking it are one
              step under a lock, so twenty calls at once take ten places, never eleven.
            - `open_account`, `get_balance` and `transfer` move whole cents. Calls that share an account run one after the
              other, others at once, and calls that need two accounts cannot deadlock.
            - `enrich_record` asks an outside API that refuses more than five requests a second. Callers wait for their turn.
            - `hash_password` and `verify_password` compute bcrypt on threads of their own, so nobody else waits for them.
            - `count_words` reports progress over a large text and stops when its caller cancels.
            """),
        Document(id: "hazards.md", text: """
            # Hazards of concurrent calls

            **Lost update.** Two calls read a value, both change it, and the later write wins. Declare a lock: `exclusive`.

            **Check, then act.** Between the look and the step somebody else takes the last place. Hold one lock over both.

            **Stampede.** Fifty calls reach an upstream that serves five. Declare a limit and a queue: `concurrency`, `queue`.

            **Blocked pool.** A hash that takes a quarter of a second on a shared thread delays every other call. Declare `onWorkers`.

            Start the server with `--unsafe-demo` to see each of them happen.
            """),
    ]
}

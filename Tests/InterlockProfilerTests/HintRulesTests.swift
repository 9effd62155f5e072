import Testing

@testable import InterlockProfiler

@Suite("Hints")
struct HintRulesTests {
    /// Stacks as the profiler made them from real servers, cut short.
    private static let seen: [(code: ProfileHint.Code, stack: String)] = [
        (
            .schemaPerCall,
            "main thread;server.py`call (server.py);site-packages/jsonschema`Validator.check_schema (validators.py);site-packages/jsonschema`descend (validators.py)"
        ),
        (.schemaPerCall, "cooperative pool thread;App`handle(_:);InterlockJSON`JSONSchema.init(_:)"),
        (.schemaPerCall, "main thread;server.mjs`call (server.mjs:3:1);node_modules/ajv`compileSchema (index.js:86:28)"),
        (.largePayloads, "main thread;server.mjs`parse (server.mjs:1:1);node`v8::internal::JsonParser<unsigned char>::ParseJsonValue<false>"),
        (.largePayloads, "main thread;server.py`load (server.py);python3.12/json`JSONDecoder.raw_decode (decoder.py)"),
        (.hashOnPool, "main thread;server.mjs`hash (server.mjs:15:9);node`kdf_pbkdf2_derive;node`sha256_block_data_order_shaext"),
        (.hashOnPool, "cooperative pool thread;App`hash(_:);libcrypt.so.1.1.0`[libcrypt.so.1.1.0]"),
        (.hashOnPool, "main thread;libpython3.11.so.1.0`_PyEval_EvalFrameDefault;libcrypto.so.3`PKCS5_PBKDF2_HMAC"),
        (.unboundedRegex, "main thread;server.mjs`match (server.mjs:18:10);node`RegExp:^(a+)+$"),
        (.unboundedRegex, "main thread;libpython3.12.so.1.0`sre_ucs1_match"),
        (.unboundedRegex, "cooperative pool thread;App`find(_:);_StringProcessing`Processor.cycle()"),
        (.deepCopies, "main thread;server.py`copy (server.py);python3.12/copy`deepcopy (copy.py);python3.12/copy`_deepcopy_dict (copy.py)"),
        (.deepCopies, "main thread;server.mjs`copy (server.mjs:16:9);node`v8::internal::ValueSerializer::WriteString"),
        (
            .deepCopies,
            "cooperative pool thread;App`change(_:);Swift`specialized _ArrayBuffer._consumeAndCreateNew(bufferIsUnique:minimumCapacity:growForAppend:)"
        ),
    ]

    @Test("a known pattern is told with its share and what showed it", arguments: seen.indices)
    func patterns(index: Int) throws {
        let (code, stack) = Self.seen[index]
        let hints = HintRules.hints(try FoldedStacks(parsing: "\(stack) 60\nmain thread;other.py`work (other.py) 40"))
        #expect(hints.map(\.code) == [code])
        #expect(hints.first?.share == 0.6 && hints.first?.samples == 60)
    }

    @Test("a rule that is missing tells nothing of its pattern: each stack is seen by its own rule alone", arguments: seen.indices)
    func onlyByItsRule(index: Int) throws {
        let (code, stack) = Self.seen[index]
        let frames = try FoldedStacks(parsing: "\(stack) 1").stacks[0].frames
        let others = HintRules.table.filter { $0.code != code }
        #expect(!others.contains { rule in frames.contains { frame in rule.patterns.contains { $0.matches(frame) } } })
    }

    @Test(
        "what looks alike and is not tells nothing",
        arguments: [
            // Hashing on threads of its own, told by the thread's name or by the pool's own frames.
            "thread workers-*;App`hash(_:);libcrypt.so.1.1.0`[libcrypt.so.1.1.0]",
            "thread libuv-worker;node`kdf_pbkdf2_derive", "threads without a name;libcrypto.so.3`PKCS5_PBKDF2_HMAC",
            "InterlockConcurrency`WorkerPoolCore.work(as:);libswift_Concurrency.so`swift_job_run;libcrypt.so.1.1.0`xcrypt_r",
            // Hashing that is no key derivation.
            "main thread;libcrypto.so.3`sha256_block_data_order_shaext", "main thread;libcrypto.so.3`EVP_DigestUpdate",
            // Words that only contain the word.
            "main thread;server.py`deepcopyright (server.py)", "main thread;server.py`my_bcryptic_name (server.py)", "main thread;App`JSONSchema.initial(_:)",
            "main thread;App`AnotherJSONScannerTest()",
            // A compiled schema that is used, and a function of another package with a validator's name.
            "main thread;InterlockJSON`JSONSchema.validate(_:)", "main thread;server.py`validator_for (server.py)",
            "main thread;server.py`generate_schema (server.py)",
            // A linear matcher, writing JSON, and moving memory.
            "main thread;InterlockJSON`Pattern.matches(_:)", "main thread;node`v8::internal::JsonStringifier::Serialize",
            "main thread;libc.so.6`__memmove_avx512_unaligned_erms",
        ])
    func alike(stack: String) throws {
        #expect(HintRules.hints(try FoldedStacks(parsing: "\(stack) 100")) == [])
    }

    @Test("below its share, and from too few samples, a pattern is no hint", arguments: ProfileHint.Code.allCases)
    func shares(code: ProfileHint.Code) throws {
        let rule = try #require(HintRules.table.first { $0.code == code })
        let stack = try #require(Self.seen.first { $0.code == code }).stack
        let at = Int((rule.share * 1_000).rounded())
        #expect(HintRules.hints(try FoldedStacks(parsing: "\(stack) \(at)\na`b \(1_000 - at)")).map(\.code) == [code])
        #expect(HintRules.hints(try FoldedStacks(parsing: "\(stack) \(at - 1)\na`b \(1_001 - at)")) == [])
        #expect(HintRules.hints(try FoldedStacks(parsing: "\(stack) \(HintRules.leastSamples - 1)")) == [])
        #expect(HintRules.hints(try FoldedStacks(parsing: "\(stack) \(HintRules.leastSamples)")).count == 1)
    }

    @Test("a stack that recurs through a pattern counts once")
    func recursion() throws {
        let stack = "main thread;" + Array(repeating: "python3.12/copy`deepcopy (copy.py)", count: 30).joined(separator: ";")
        let hint = try #require(HintRules.hints(try FoldedStacks(parsing: "\(stack) 50\na`b 50")).first)
        #expect(hint.share == 0.5 && hint.samples == 50)
    }

    @Test(
        "threads are grouped by what they are for",
        arguments: [
            ("workers-12", false, "thread workers-*", false), ("NIO-ELT-2-#1", false, "thread NIO-ELT-*-#*", true), ("interlock", true, "main thread", true),
            ("interlock", false, "threads without a name", false), ("oot.default-qos", false, "cooperative pool thread", true),
            ("-qos.overcommit", false, "dispatch queue thread", false),
        ])
    func threads(name: String, isMain: Bool, symbol: String, isShared: Bool) {
        let frame = ThreadNaming.frame(name: name, isMain: isMain, process: "interlock")
        #expect(frame == StackFrame(symbol: symbol) && ThreadNaming.isShared(frame) == isShared)
    }
}

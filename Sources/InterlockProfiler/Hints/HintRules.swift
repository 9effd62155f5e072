/// The known patterns, one row for each: the functions that show it, the share from which it is worth a word, what it is, and what to do. Pure.
public enum HintRules {
    /// Fewer samples show nothing.
    public static let leastSamples = 30

    struct Rule: Sendable {
        var code: ProfileHint.Code
        /// Share of the samples from which on it is told.
        var share: Double
        var patterns: [FramePattern]
        /// Whether it counts only on threads that serve everybody.
        var onlyOnSharedThreads = false
        var sentence: String
        var advice: String
    }

    static let table: [Rule] = [
        Rule(
            code: .schemaPerCall, share: 0.05,
            patterns: [
                .word("JSONSchema.init"), .word("JSONSchema.compile"), .word("SchemaCompiler"), .word("check_schema"),
                .word("validator_for", in: "site-packages/jsonschema"),
                .word("create_model", in: "site-packages/pydantic"), .word("complete_model_class", in: "site-packages/pydantic"),
                .word("TypeAdapter.__init__", in: "site-packages/pydantic"), .word("generate_schema", in: "site-packages/pydantic"),
                .word("compileSchema", in: "node_modules/ajv"), .word("_compileSchemaEnv", in: "node_modules/ajv"), .word("_addSchema", in: "node_modules/ajv"),
            ],
            sentence: "a schema is compiled while calls run",
            advice: "compile each schema once, where the tool is declared, and keep the validator; a compiled schema is safe to share between calls"),
        Rule(
            code: .largePayloads, share: 0.2,
            patterns: [
                .word("JSONScanner"), .word("JSONDecoder.decode"), .word("JSONSerialization"), .word("JSONParser"), .word("simdjson"), .word("raw_decode"),
                .word("scan_once"),
                .word("scanner_call"), .word("_parse_object_unicode"), .word("_parse_array_unicode"), .word("JsonParser"), .word("JsonParse"),
                .word("Builtins_JsonParse"),
                .word("ParseJsonValue"), .word("JSON.parse"), .word("validate_json", in: "site-packages/pydantic"),
                .word("model_validate_json", in: "site-packages/pydantic"),
            ],
            sentence: "much of the time goes into parsing JSON",
            advice:
                "keep payloads small: pages or a resource link instead of the whole, fields "
                    + "that are used only, and parse each message once; bound what is accepted"
        ),
        Rule(
            code: .hashOnPool, share: 0.2,
            patterns: [
                .module("libcrypt.so"), .word("crypt_r"), .word("xcrypt_r"), .word("bcrypt"), .word("BcryptHasher.hash"), .word("Bcrypt"), .word("hashpw"),
                .word("checkpw"), .word("BF_crypt"),
                .word("pbkdf2_hmac"), .word("PKCS5_PBKDF2_HMAC"), .word("kdf_pbkdf2_derive"), .word("pbkdf2"), .word("PBKDF2"), .word("EVP_PBE_scrypt"),
                .word("EVP_PBE_scrypt_ex"), .word("scrypt"),
                .beginning("argon2"), .word("yescrypt"), .word("yescrypt_kdf"),
            ],
            onlyOnSharedThreads: true,
            sentence: "passwords are hashed, or keys derived, on a thread that serves everybody",
            advice:
                "move it to threads of its own: .onWorkers() on an Interlock tool, `await asyncio.to_thread(…)` or a "
                    + "process pool in Python, the asynchronous form (`crypto.pbkdf2`, not `pbkdf2Sync`) or worker_threads in Node"
        ),
        Rule(
            code: .unboundedRegex, share: 0.2,
            patterns: [
                .module("_StringProcessing"), .word("NSRegularExpression"), .word("RegexMatcher"), .word("uregex_find"), .word("sre_ucs1_match"),
                .word("sre_ucs2_match"),
                .word("sre_ucs4_match"), .word("SRE"), .beginning("sre_ucs"), .beginning("RegExp:"), .word("IrregexpInterpreter"), .word("RawMatch"),
                .word("RegExpExecInternal"),
                .word("pcre2_match"), .word("pcre_exec"),
            ],
            sentence: "a backtracking regular expression takes much of the time",
            advice:
                "bound the text it runs on, make the pattern linear (no nested repetition, no `.*` "
                    + "before `.*`), or use a matcher that is linear: RE2, or the patterns of InterlockJSON"
        ),
        Rule(
            code: .deepCopies, share: 0.15,
            patterns: [
                .word("deepcopy"), .word("_deepcopy_dict"), .word("_deepcopy_list"), .word("_reconstruct", in: "python3"), .word("structuredClone"),
                .word("cloneDeep"), .word("baseClone"),
                .word("ValueSerializer"), .word("ValueDeserializer"), .word("_copyToNewBuffer"), .word("createNewBuffer"),
                .word("_ArrayBuffer._consumeAndCreateNew"),
                .word("_NativeDictionary.copy"), .word("_DictionaryStorage.copy"), .word("swift_arrayInitWithCopy"), .word("mutableCopy"),
            ],
            sentence: "whole structures are copied",
            advice:
                "hand on the part that is needed, or what cannot change: share a frozen structure, copy on the "
                    + "one path that writes, and in Swift mutate in place so that no second reference forces a copy"
        ),
    ]

    /// What was seen, the greatest share first. None from fewer than ``leastSamples``.
    public static func hints(_ stacks: FoldedStacks) -> [ProfileHint] {
        guard stacks.total >= leastSamples else { return [] }
        let all = stacks.stacks
        return table.compactMap { rule -> ProfileHint? in
            var samples = 0
            var frame: StackFrame?
            for (frames, count) in all where !rule.onlyOnSharedThreads || isOnSharedThread(frames) {
                guard let seen = frames.last(where: { frame in rule.patterns.contains { $0.matches(frame) } }) else { continue }
                samples += count
                frame = frame ?? seen
            }
            let share = Double(samples) / Double(stacks.total)
            guard let frame, share >= rule.share else { return nil }
            return ProfileHint(code: rule.code, share: share, samples: samples, frame: frame, sentence: rule.sentence, advice: rule.advice)
        }.sorted { $0.share != $1.share ? $0.share > $1.share : $0.code.rawValue < $1.code.rawValue }
    }

    /// Whether a stack is of a loop or of the cooperative pool; a stack that does not show its thread is judged by what started it.
    static func isOnSharedThread(_ frames: [StackFrame]) -> Bool {
        if frames.contains(where: { $0.symbol.contains("WorkerPool") || $0.symbol.contains("libuv-worker") }) { return false }
        if let shared = frames.lazy.compactMap(ThreadNaming.isShared).first { return shared }
        return frames.contains {
            $0.symbol.contains("EventLoop") || $0.symbol.contains("runJobInEstablishedExecutorContext") || $0.symbol.contains("swift_job_run")
        }
    }
}

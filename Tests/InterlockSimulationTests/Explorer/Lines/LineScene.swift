import InterlockConcurrency
import InterlockSimulation

/// Who comes to a line, and what else happens meanwhile.
struct LineScene: Sendable {
    /// What is done wrong: the same proof must notice each.
    enum Fault: Sendable {
        /// It has another policy than it says.
        case policy(QueueConfiguration.FullPolicy)
        /// All keys are one.
        case ignoresKeys
        /// A new depth is not taken.
        case ignoresDepth
    }

    struct Caller: Sendable {
        var key = 0
        /// In seconds; later than anything takes.
        var deadline: Int?
        /// Whether others may come while it is inside.
        var stays = false
    }

    var callers: [Caller]
    var depth: Int
    /// Who is cancelled at any moment there is.
    var cancelled: Int?
    /// A depth that is set at any moment there is.
    var newDepth: Int?

    /// With one caller and one place less.
    var shorter: LineScene {
        var scene = self
        scene.callers.removeLast()
        scene.depth -= 1
        return scene
    }

    /// Brings the callers to a line in every way, and holds what becomes of each against the promise.
    func body<Subject: LineUnderProof>(_: Subject.Type, _ policy: QueueConfiguration.FullPolicy, fault: Fault? = nil) -> ExplorationBody {
        { [self] context in
            let promised = QueueConfiguration(depth: depth, whenFull: policy)
            var configured = promised
            if case .policy(let other) = fault { configured.whenFull = other }
            let witness = LineWitness(LinePromise(promised, Subject.traits))
            let subject = Subject(configured, context, witness)
            let left = Shared(callers.count + (cancelled == nil ? 0 : 1) + (newDepth == nil ? 0 : 1))
            let end = Waiter<Bool>()
            // Whoever is last wakes the body: one step at the end, instead of one after each task.
            let finish: @Sendable () -> Void = {
                let isLast = left.update { left in
                    left -= 1
                    return left == 0
                }
                if isLast { end.resolve(true) }
            }
            let tasks = callers.enumerated().map { id, caller in
                Task(executorPreference: context.executor) {  // awaited below
                    defer { finish() }
                    return try await ask(subject, id, caller, witness, fault)
                }
            }
            var others: [Task<Void, Never>] = []
            if let cancelled {
                others.append(
                    Task(executorPreference: context.executor) {  // awaited below
                        witness.cancel(cancelled)
                        tasks[cancelled].cancel()
                        finish()
                    })
            }
            if let newDepth {
                others.append(
                    Task(executorPreference: context.executor) {  // awaited below
                        witness.setDepth(newDepth)
                        if case .ignoresDepth = fault {} else { subject.setQueueDepth(newDepth) }
                        finish()
                    })
            }
            _ = await end.suspend()
            for other in others { await other.value }
            var endings: [LinePromise.Ending?] = []
            for task in tasks { endings.append(try await task.value) }
            if let violation = witness.violation(endings: endings) { throw Violation(description: violation) }
            if let rest = await subject.rest() { throw Violation(description: rest) }
        }
    }

    /// One caller: asks for the place, and tells how that ended.
    private func ask<Subject: LineUnderProof>(
        _ subject: Subject, _ id: Int, _ caller: Caller, _ witness: LineWitness, _ fault: Fault?
    ) async throws -> LinePromise.Ending? {
        let deadline = caller.deadline.map { MonotonicTime.zero + .seconds($0) }
        var key = Subject.traits.knowsKeys ? caller.key : 0
        witness.arrive(id, key: key, due: deadline ?? .distantFuture, isCancelled: Task.isCancelled)
        if case .ignoresKeys = fault { key = 0 }
        do {
            try await subject.run(id, for: key, deadline: deadline) {
                witness.enter(id)
                if caller.stays { await Task.yield() }
                witness.finish()
            }
            return .served
        } catch let error as AcquireError {
            return error.code == .queueFull ? .turnedAway : error.code == .cancelled ? .cancelled : nil
        } catch is CancellationError {
            return .stopped
        }
    }
}

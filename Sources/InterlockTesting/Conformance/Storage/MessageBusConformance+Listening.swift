import Foundation
import InterlockStorage
import Synchronization

extension MessageBusConformance {
    static let listening: [Check] = [
        Check("who has cancelled hears nothing more", rule: "BusSubscription.cancel: stops listening; a call that is under way finishes.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let (left, stayed) = (ConformanceLog<[UInt8]>(), ConformanceLog<[UInt8]>())
            let leaving = try await instances.store.listen(to: "c", left)
            let staying = try await instances.store.listen(to: "c", stayed)
            try await instances.store.publish([1], to: "c")
            try await expect.awaiting("the first message to arrive") { try await left.wait { $0.count >= 1 } }
            leaving.cancel()
            leaving.cancel()
            try await instances.secondInstance().publish([2], to: "c")
            try await expect.awaiting("the second message to arrive at who stayed") { try await stayed.wait { $0.count >= 2 } }
            try expect.same(left.entries, [[1]], "the messages at who left")
            try expect.same(stayed.entries, [[1], [2]], "the messages at who stayed")
            staying.cancel()
        },
        Check("nobody hears what was sent before", rule: "MessageBus.publish: sends to everybody who listens on `channel` now.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let (early, heard) = (ConformanceLog<[UInt8]>(), ConformanceLog<[UInt8]>())
            let first = try await store.listen(to: "c", early)
            try await store.publish([1], to: "c")
            try await expect.awaiting("the first message to arrive") { try await early.wait { $0.count >= 1 } }
            let second = try await store.listen(to: "c", heard)
            try await store.publish([2], to: "c")
            try await expect.awaiting("the second message to arrive") { try await heard.wait { $0.contains([2]) } }
            try expect.same(heard.entries, [[2]], "the messages at who came later")
            first.cancel()
            second.cancel()
        },
        Check("a listener is called by one at a time", rule: "MessageBus.subscribe: `receive` is called from any thread, one call at a time.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let stores = [instances.store, try await instances.secondInstance()]
            let heard = ConformanceLog<Bool>()
            let calls = Atomic(0)
            let subscription = try await stores[0].subscribe(to: "c") { _ in
                let isAlone = calls.add(1, ordering: .acquiringAndReleasing).newValue == 1
                // Asleep, so that another thread comes in between where there is but one processor, too.
                Thread.sleep(forTimeInterval: 0.001)
                heard.append(isAlone)
                calls.subtract(1, ordering: .acquiringAndReleasing)
            }
            try await withThrowingTaskGroup { group in
                for number in 0..<50 { group.addTask { try await stores[number % 2].publish([0xC0], to: "c") } }
                try await group.waitForAll()
            }
            try await expect.awaiting("50 messages to arrive") { try await heard.wait { $0.count >= 50 } }
            try expect.require(heard.entries.allSatisfy(\.self), "every call to be alone", found: "\(heard.entries.count { !$0 }) that were not")
            subscription.cancel()
        },
    ]
}

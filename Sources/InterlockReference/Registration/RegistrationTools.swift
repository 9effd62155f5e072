import InterlockJSON
import InterlockServer

/// `register_user` and `get_user`: a check and an insert that nothing may come between.
enum RegistrationTools {
    /// - Parameter sharedLimit: the limit of users over all instances, where the state is shared by them.
    static func make(_ registry: UserRegistry, mode: DemoMode, sharedLimit: Int? = nil) -> [any Feature] {
        [
            Tool<RegisterInput>.reference(
                "register_user", "Registers a user while there are places; an id that is registered takes no second place.", mode: mode
            ) { input, context in
                if let sharedLimit { return UserAnswer(try await SharedRegistry(context, limit: sharedLimit).register(input.userId)) }
                return UserAnswer(try await registry.register(input.userId))
            },
            Tool<UserInput>.reference("get_user", "The user with an id, and the place it took.", mode: mode, readOnly: true) { input, context in
                if let sharedLimit { return UserAnswer(try await SharedRegistry(context, limit: sharedLimit).user(input.id)) }
                return UserAnswer(try await registry.user(input.id))
            },
        ]
    }

    struct RegisterInput: Decodable, ToolInput {
        var userId: String
        static let inputSchema = InputSchema { .string("userId", "Id of the new user", minLength: 1, maxLength: 64) }.schema
    }

    struct UserInput: Decodable, ToolInput {
        var id: String
        static let inputSchema = InputSchema { .string("id", "Id of the user", minLength: 1, maxLength: 64) }.schema
    }

    struct UserAnswer: AnswerValue {
        var userId: String
        var place: Int

        init(_ user: User) {
            userId = user.id
            place = user.place
        }

        static let schema = AnswerSchema(["userId": .schema("string", "Id of the user"), "place": .schema("integer", "The place it took, from 1")])
    }
}

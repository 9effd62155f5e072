import InterlockCommands

/// The executable `interlock`.
@main
enum Main {
    static func main() async {
        await CommandLineEntry.main()
    }
}

import Interlock

extension ConformanceFixture {
    /// Tools that answer with one kind of content each.
    @FeatureBuilder
    static var contentTools: [any Feature] {
        Tool("test_simple_text", "Answers with a text") { _ in
            "This is a simple text response for testing."
        }
        Tool("test_image_content", "Answers with an image") { _ in
            ContentBlock.image(data: Samples.png, mimeType: "image/png")
        }
        Tool("test_audio_content", "Answers with sound") { _ in
            ContentBlock.audio(data: Samples.wav, mimeType: "audio/wav")
        }
        Tool("test_embedded_resource", "Answers with the contents of a resource") { _ in
            ContentBlock.resource(uri: "test://embedded-resource", mimeType: "text/plain", text: "This is an embedded resource content.")
        }
        Tool("test_multiple_content_types", "Answers with text, an image and a resource") { _ -> [ContentBlock] in
            [
                .text("Multiple content types test:"),
                .image(data: Samples.png, mimeType: "image/png"),
                .resource(uri: "test://mixed-content-resource", mimeType: "application/json", text: #"{"test":"data","value":123}"#),
            ]
        }
        Tool("test_error_handling", "Fails") { _ -> String in
            throw ToolError("This tool intentionally returns an error for testing")
        }
    }
}

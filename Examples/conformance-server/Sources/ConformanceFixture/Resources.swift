import Interlock

extension ConformanceFixture {
    @FeatureBuilder
    static var resources: [any Feature] {
        Resource("test://static-text", name: "static-text", description: "A static text resource for testing") { _ in
            "This is the content of the static text resource."
        }
        Resource("test://static-binary", name: "static-binary", description: "A static binary resource for testing", mimeType: "image/png") { _ in
            [.blob(uri: "test://static-binary", mimeType: "image/png", blob: Samples.png)]
        }
        Resource("test://watched-resource", name: "watched-resource", description: "A resource that can be watched") { _ in
            "This is the content of the watched resource."
        }
        ResourceTemplate(
            "test://template/{id}/data", name: "template", description: "A resource template for testing", mimeType: "application/json"
        ) { variables, _ in
            let id = variables["id"] ?? ""
            let data: JSONValue = ["id": .string(id), "templateTest": true, "data": .string("Data for ID: \(id)")]
            return [.text(uri: "test://template/\(id)/data", mimeType: "application/json", text: data.description)]
        }
    }
}

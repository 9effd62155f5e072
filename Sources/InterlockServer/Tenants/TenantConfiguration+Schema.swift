import InterlockJSON

extension TenantConfiguration {
    /// The JSON Schema (2020-12) of configuration files: for editors, and what ``init(json:)`` checks first.
    public static let schemaText = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "Tenants of an Interlock server",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "$schema": { "type": "string" },
            "unknownTenants": { "$ref": "#/$defs/rule", "description": "Tenants that are not listed" },
            "withoutTenant": { "$ref": "#/$defs/rule", "description": "Callers whose credential names no tenant" },
            "defaults": { "$ref": "#/$defs/policy" },
            "tenants": {
              "type": "object",
              "maxProperties": 100000,
              "propertyNames": { "minLength": 1, "maxLength": 256 },
              "additionalProperties": { "$ref": "#/$defs/policy" }
            }
          },
          "$defs": {
            "rule": { "enum": ["refuse", "defaults"] },
            "names": { "type": "array", "maxItems": 10000, "items": { "type": "string", "pattern": "^[^*]*[*]?$", "minLength": 1 } },
            "limits": { "type": "array", "maxItems": 8, "items": { "$ref": "#/$defs/limit" } },
            "limit": {
              "type": "object",
              "additionalProperties": false,
              "required": ["count", "period"],
              "properties": {
                "count": { "type": "integer", "minimum": 1, "maximum": 1000000000 },
                "period": { "type": ["string", "number"], "description": "250ms, 30s, 10m, 4h or 7d; a number is seconds" },
                "burst": { "type": "integer", "minimum": 1, "maximum": 1000000000 },
                "algorithm": { "enum": ["gcra", "tokenBucket"] }
              }
            },
            "policy": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "enabled": { "type": "boolean" },
                "tools": { "$ref": "#/$defs/names" },
                "resources": { "$ref": "#/$defs/names" },
                "prompts": { "$ref": "#/$defs/names" },
                "rateLimits": { "$ref": "#/$defs/limits" },
                "toolRateLimits": { "type": "object", "maxProperties": 1000, "additionalProperties": { "$ref": "#/$defs/limits" } },
                "toolCosts": { "type": "object", "maxProperties": 1000, "additionalProperties": { "type": "integer", "minimum": 0, "maximum": 1000000 } },
                "maximumInFlight": { "type": "integer", "minimum": 1, "maximum": 1000000 },
                "maximumSessions": { "type": "integer", "minimum": 0, "maximum": 1000000 },
                "maximumPendingBytes": { "type": "integer", "minimum": 1, "maximum": 1099511627776 },
                "weight": { "type": "integer", "minimum": 1, "maximum": 1000 },
                "whenStoreFails": { "enum": ["deny", "allow", "local"] },
                "localFraction": { "type": "number", "exclusiveMinimum": 0, "maximum": 1 }
              }
            }
          }
        }
        """#

    static let schema: JSONSchema = {
        do {
            return try JSONSchema(JSONValue(parsing: schemaText))
        } catch {
            preconditionFailure("the schema of tenant configurations is a constant, and does not compile: \(error)")
        }
    }()
}

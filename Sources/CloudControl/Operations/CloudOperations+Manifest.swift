extension CloudOperations {
    public static let manifest = #"""
        {
            "manifest_version": 1,
            "id": "cloud",
            "version": "1.0.0",
            "abi": { "major": 1, "minor": 0 },
            "summary": "the account's books as steps: inventory and desired state",
            "language": "swift",
            "concurrency": "full",
            "operations": [
                {
                    "name": "register_droplet",
                    "kind": "step",
                    "summary": "write a droplet into the inventory at once, and ask it to stay as it is",
                    "input": {
                        "type": "object",
                        "additionalProperties": false,
                        "properties": {
                            "provider": { "type": "string", "default": "digitalocean", "description": "the plugin that is asked" },
                            "droplet_id": {
                                "anyOf": [{ "type": "string", "minLength": 1 }, { "type": "integer", "minimum": 1 }],
                                "description": "default: the droplet that an earlier step put into the context"
                            },
                            "spec": {
                                "type": "object",
                                "description": "what else is asked of it; what is asked always: size_slug, region and image as they are"
                            }
                        }
                    },
                    "output": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["droplet_id", "resource_id", "spec", "spec_version"],
                        "properties": {
                            "droplet_id": { "type": ["string", "integer"], "description": "its id, as it was given or found in the context" },
                            "resource_id": { "type": "string", "description": "its id in the inventory, as `inventory show` takes it" },
                            "spec": { "type": ["object", "null"], "description": "all that is asked of it now; null: nothing" },
                            "spec_version": { "type": ["integer", "null"], "description": "counts from 1 how often that changed" }
                        }
                    },
                    "compensable": true,
                    "idempotent": true,
                    "examples": [{ "with": { "droplet_id": 3164444, "spec": { "tags": ["web"] } } }]
                },
                {
                    "name": "refresh_droplet",
                    "kind": "step",
                    "summary": "look at a droplet again and write down how it is; with spec, what is asked of it from now on",
                    "input": {
                        "type": "object",
                        "additionalProperties": false,
                        "properties": {
                            "provider": { "type": "string", "default": "digitalocean", "description": "the plugin that is asked" },
                            "droplet_id": {
                                "anyOf": [{ "type": "string", "minLength": 1 }, { "type": "integer", "minimum": 1 }],
                                "description": "default: the droplet that an earlier step put into the context"
                            },
                            "spec": {
                                "type": "object",
                                "description": "fields that change in what is asked of it, where anything is; null takes one out"
                            }
                        }
                    },
                    "output": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["droplet_id", "resource_id", "spec", "spec_version"],
                        "properties": {
                            "droplet_id": { "type": ["string", "integer"], "description": "its id, as it was given or found in the context" },
                            "resource_id": { "type": "string", "description": "its id in the inventory, as `inventory show` takes it" },
                            "spec": { "type": ["object", "null"], "description": "all that is asked of it now; null: nothing" },
                            "spec_version": { "type": ["integer", "null"], "description": "counts from 1 how often that changed" }
                        }
                    },
                    "compensable": true,
                    "idempotent": true,
                    "examples": [{ "with": { "droplet_id": 3164444, "spec": { "size_slug": "s-2vcpu-2gb" } } }]
                },
                {
                    "name": "unregister_droplet",
                    "kind": "step",
                    "summary": "ask nothing of a droplet any more; the droplet stays as it is",
                    "input": {
                        "type": "object",
                        "additionalProperties": false,
                        "properties": {
                            "provider": { "type": "string", "default": "digitalocean", "description": "the plugin that is asked" },
                            "droplet_id": {
                                "anyOf": [{ "type": "string", "minLength": 1 }, { "type": "integer", "minimum": 1 }],
                                "description": "default: the droplet that an earlier step put into the context"
                            }
                        }
                    },
                    "output": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["resource_id", "was_registered"],
                        "properties": {
                            "resource_id": { "type": "string", "description": "its id in the inventory, as `inventory show` takes it" },
                            "was_registered": { "type": "boolean", "description": "false: nothing was asked of it before" }
                        }
                    },
                    "compensable": true,
                    "idempotent": true,
                    "examples": [{ "with": { "droplet_id": 3164444 } }]
                },
                {
                    "name": "mark_deleted",
                    "kind": "step",
                    "summary": "write down at once that a resource is gone, and ask nothing of it any more",
                    "input": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["provider_id"],
                        "properties": {
                            "provider": { "type": "string", "default": "digitalocean", "description": "the plugin whose resource it is" },
                            "kind": { "type": "string", "default": "droplet", "description": "as the inventory calls it. eg: snapshot" },
                            "provider_id": {
                                "anyOf": [{ "type": "string", "minLength": 1 }, { "type": "integer", "minimum": 1 }],
                                "description": "its id at the provider"
                            }
                        }
                    },
                    "output": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["resource_id", "was_live"],
                        "properties": {
                            "resource_id": { "type": "string", "description": "its id in the inventory, as `inventory show` takes it" },
                            "was_live": { "type": "boolean", "description": "false: it was never seen, or gone already" }
                        }
                    },
                    "idempotent": true,
                    "examples": [{ "with": { "provider_id": 3164444 } }]
                }
            ]
        }
        """#
}

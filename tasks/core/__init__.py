"""What several stages share, by noun: manifests, images, parameters, shards, the stage itself."""

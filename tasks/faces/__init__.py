"""Where the faces are, who they are and what can be told of them: one protocol, one file per backend."""

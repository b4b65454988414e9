# What node-gyp wants of a Node.js source tree, and no more: the addon uses the Node-API alone, so it is built against the
# headers of the package node-api-headers and nothing has to be downloaded.
{
  "variables": { "configuring_node%": 0, "visibility%": "hidden" },
  "target_defaults": {
    "default_configuration": "Release",
    "configurations": {
      "Release": { "cflags": ["-O2", "-fPIC", "-g1"], "ldflags": ["-pthread"] },
      "Debug": { "cflags": ["-O0", "-g", "-fPIC"], "ldflags": ["-pthread"] }
    }
  }
}

{
  "targets": [
    {
      "target_name": "wallwatch",
      "sources": [
        "native/addon.cc",
        "native/args_assembly.cc",
        "native/batch.cc",
        "native/bpf_map.cc",
        "native/capture.cc",
        "native/capture_loop.cc",
        "native/capture_object.cc",
        "native/clocks.cc",
        "native/connector.cc",
        "native/crew.cc",
        "native/exec_draft.cc",
        "native/filter.cc",
        "native/filter_object.cc",
        "native/inbox.cc",
        "native/js_values.cc",
        "native/kernel_lane.cc",
        "native/libbpf.cc",
        "native/lineage.cc",
        "native/log_append.cc",
        "native/losses.cc",
        "native/notify.cc",
        "native/outbox.cc",
        "native/patient_worker.cc",
        "native/probe.cc",
        "native/proc_files.cc",
        "native/proc_lane.cc",
        "native/proc_reader.cc",
        "native/proc_worker.cc",
        "native/recent_execs.cc",
        "native/ring.cc",
        "native/start_pages.cc",
        "native/system_error.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")", "native/bpf"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_ADDON_API_CPP_EXCEPTIONS"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "cflags_cc": ["-std=c++17", "-fexceptions", "-Wall", "-Wextra", "-Werror", "-fvisibility=hidden"],
      "cflags!": ["-fno-exceptions"],
      # A thread that waits for a hostile process's memory (native/patient_worker.h) may outlive the last environment that loaded this.
      "ldflags": ["-Wl,-z,nodelete"],
      "libraries": ["-ldl", "-lpthread"]
    }
  ]
}

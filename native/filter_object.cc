#include "filter_object.h"

// The assembler finds the file by the include directories (native/bpf is one: binding.gyp). libbpf wants it aligned as
// ELF is.
asm(R"(
  .pushsection .rodata
  .balign 16
wallwatch_filter_begin:
  .incbin "exec_filter.bpf.o"
wallwatch_filter_end:
  .byte 0
  .popsection
)");

extern "C" {
extern const char wallwatch_filter_begin[] __attribute__((visibility("hidden")));
extern const char wallwatch_filter_end[] __attribute__((visibility("hidden")));
}

namespace wallwatch {

std::string_view filter_object() {
  return {wallwatch_filter_begin, static_cast<size_t>(wallwatch_filter_end - wallwatch_filter_begin)};
}

}  // namespace wallwatch

// The compiled filter (native/bpf/exec_filter.bpf.o), part of the addon.
#ifndef WALLWATCH_FILTER_OBJECT_H
#define WALLWATCH_FILTER_OBJECT_H

#include <string_view>

namespace wallwatch {

std::string_view filter_object();

}  // namespace wallwatch

#endif

// The pages of the program's own file that are given back after the start.
#include "../../../native/start_pages.h"

#include <string>
#include <vector>

#include "harness.h"

namespace wallwatch::test {

namespace {

std::string mapping(const std::string& head, unsigned resident, unsigned anonymous) {
  return head + "\nSize:  900 kB\nRss: " + std::to_string(resident) +
         " kB\nShared_Clean: 4 kB\nAnonymous: " + std::to_string(anonymous) + " kB\nVmFlags: rd ex mr mw me sd\n";
}

Test clean("only what is the program's, clean and not to be written is given back", [] {
  std::string smaps = mapping("00400000-00500000 r--p 00000000 fe:00 77    /usr/bin/my node", 100, 0) +
                      mapping("00500000-00900000 r-xp 00100000 fe:00 77    /usr/bin/my node", 300, 0) +
                      // Relocations were written into it, and then it was made read-only.
                      mapping("00900000-00a00000 r--p 00500000 fe:00 77    /usr/bin/my node", 80, 4) +
                      mapping("00a00000-00b00000 rw-p 00600000 fe:00 77    /usr/bin/my node", 8, 0) +
                      mapping("00b00000-00c00000 r--s 00600000 fe:00 77    /usr/bin/my node", 8, 0) +
                      mapping("00c00000-00d00000 rw-p 00000000 00:00 0     [heap]", 500, 500) +
                      mapping("00d00000-00e00000 r-xp 00000000 00:00 0 ", 500, 500) +
                      mapping("7f0000000000-7f0000100000 r-xp 00000000 fe:00 78 /usr/bin/my node.so", 40, 0) +
                      mapping("7f0000200000-7f0000300000 r-xp 00000000 fe:00 77 /usr/bin/my node", 0, 0) +
                      mapping("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]", 0, 0);
  std::vector<FileRange> ranges = clean_ranges(smaps, "/usr/bin/my node");
  CHECK_EQUAL(ranges.size(), size_t{2});
  CHECK_EQUAL(ranges[0].from, u64{0x400000});
  CHECK_EQUAL(ranges[0].to, u64{0x500000});
  CHECK_EQUAL(ranges[0].resident, u64{100 * 1024});
  CHECK_EQUAL(ranges[1].from, u64{0x500000});
  CHECK_EQUAL(ranges[1].resident, u64{300 * 1024});
  CHECK(clean_ranges("", "/usr/bin/node").empty());
});

Test released("a program whose pages were given back goes on", [] {
  CHECK(release_start_pages() > 0);
  CHECK(release_start_pages() > 0);
});

}  // namespace

}  // namespace wallwatch::test

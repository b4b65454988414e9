// Does nothing for a quarter of a second, whatever its arguments: a stand-in that /proc still shows when a reader
// comes.
#include <poll.h>

int main() {
  poll(nullptr, 0, 250);
  return 0;
}

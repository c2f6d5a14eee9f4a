/* For LD_PRELOAD: flushes fail with EIO as long as the file that FAIL_FLUSH names exists. */
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int flush(long call, int file) {
  const char *switch_file = getenv("FAIL_FLUSH");
  if (switch_file && access(switch_file, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(call, file);
}

int fsync(int file) { return flush(SYS_fsync, file); }
int fdatasync(int file) { return flush(SYS_fdatasync, file); }

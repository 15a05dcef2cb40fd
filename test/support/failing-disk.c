// Loaded before the C library: from the n-th call on, writes (or reads) of files below a folder fail as those of a full or broken disk do.
// FAILING_FOLDER, FAILING_AFTER (calls that still succeed), FAILING_ERRNO, FAILING_CALLS (write or read).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int fails(int fd, const char *kind) {
  const char *folder = getenv("FAILING_FOLDER"), *wanted = getenv("FAILING_CALLS");
  if (folder == NULL || wanted == NULL || strcmp(wanted, kind) != 0) return 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  if (strncmp(path, folder, strlen(folder)) != 0) return 0;
  if (atomic_fetch_add(&calls, 1) < atol(getenv("FAILING_AFTER"))) return 0;
  errno = atoi(getenv("FAILING_ERRNO"));
  return 1;
}

#define WRAP(result, name, kind, params, args)                                  \
  result name params {                                                         \
    static result(*real) params;                                               \
    if (real == NULL) real = (result(*) params)dlsym(RTLD_NEXT, #name);        \
    return fails(fd, kind) ? -1 : real args;                                   \
  }

WRAP(ssize_t, write, "write", (int fd, const void *data, size_t size), (fd, data, size))
WRAP(ssize_t, pwrite, "write", (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRAP(ssize_t, pwrite64, "write", (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
WRAP(ssize_t, writev, "write", (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRAP(ssize_t, pwritev, "write", (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
WRAP(ssize_t, pwritev64, "write", (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))
WRAP(int, ftruncate, "write", (int fd, off_t size), (fd, size))
WRAP(int, ftruncate64, "write", (int fd, off64_t size), (fd, size))
WRAP(int, fsync, "write", (int fd), (fd))
WRAP(int, fdatasync, "write", (int fd), (fd))
WRAP(ssize_t, read, "read", (int fd, void *data, size_t size), (fd, data, size))
WRAP(ssize_t, pread, "read", (int fd, void *data, size_t size, off_t at), (fd, data, size, at))
WRAP(ssize_t, pread64, "read", (int fd, void *data, size_t size, off64_t at), (fd, data, size, at))
WRAP(ssize_t, preadv, "read", (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
WRAP(ssize_t, preadv64, "read", (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))

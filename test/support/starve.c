/*
 * Preloaded into a process: threads that libstdc++ begins, as those of the native engine are, get no memory from their N-th allocation on, N being
 * the value of the environment variable STARVE_AT when that was set last. From then on they have what they give back, and no more.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static __thread int is_engine __attribute__((tls_model("initial-exec")));
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char armed[32];
static long left;
static size_t budget;

static int refused(size_t bytes) {
  if (!is_engine) return 0;
  const char *at = getenv("STARVE_AT");
  int is_refused = 0;
  pthread_mutex_lock(&mutex);
  if (strcmp(at == NULL ? "" : at, armed) != 0) {
    strncpy(armed, at == NULL ? "" : at, sizeof(armed) - 1);
    left = atol(armed);
    budget = 0;
  }
  if (armed[0] != '\0' && --left <= 0) {
    is_refused = bytes > budget;
    if (!is_refused) budget -= bytes;
  }
  pthread_mutex_unlock(&mutex);
  if (is_refused) errno = ENOMEM;
  return is_refused;
}

void *malloc(size_t bytes) { return refused(bytes) ? NULL : __libc_malloc(bytes); }
void *calloc(size_t count, size_t bytes) { return refused(count * bytes) ? NULL : __libc_calloc(count, bytes); }
void *realloc(void *old, size_t bytes) { return refused(bytes) ? NULL : __libc_realloc(old, bytes); }
void *memalign(size_t alignment, size_t bytes) { return refused(bytes) ? NULL : __libc_memalign(alignment, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }
int posix_memalign(void **memory, size_t alignment, size_t bytes) {
  *memory = memalign(alignment, bytes);
  return *memory == NULL ? ENOMEM : 0;
}
void free(void *memory) {
  if (is_engine && memory != NULL) {
    pthread_mutex_lock(&mutex);
    budget += malloc_usable_size(memory);
    pthread_mutex_unlock(&mutex);
  }
  __libc_free(memory);
}

struct start {
  void *(*routine)(void *);
  void *argument;
};

static void *engine_thread(void *data) {
  struct start start = *(struct start *)data;
  __libc_free(data);
  is_engine = 1;
  return start.routine(start.argument);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*routine)(void *), void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  Dl_info from;
  if (!dladdr(*(void **)&routine, &from) || strstr(from.dli_fname, "libstdc++") == NULL) return real(thread, attributes, routine, argument);
  struct start *start = __libc_malloc(sizeof(*start));
  start->routine = routine;
  start->argument = argument;
  return real(thread, attributes, engine_thread, start);
}

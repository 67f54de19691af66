// SPDX-License-Identifier: MIT
/*
 * fault.c - preloaded into satbed: counts the places where something may fail, and makes one of them fail, once
 *
 *	FAULT_FILE	shared by all processes of a run; made by `truncate -s`, read by sites.c
 *	FAULT_TRACE	set: tell the way to the place that fails, for addr2line
 *	FAULT_SITE	the place that fails the first time it is reached: in hex, as sites.c prints it
 *
 * A place is a function and the way to it within satbed's own program, so that it has the same name in
 * every run.  What was called by the loader or from a library's own threads has no such way, and does
 * not fail.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <unwind.h>

#include "fault.h"

#define FRAMES 8

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static struct fault_file *shared;
static uint64_t wanted;
/* As they stand in the environment. */
#define SETTINGS 4
static char settings[SETTINGS][512];
static uintptr_t program_from, program_to, text_offset;
/* No allocation at its first use, as other models need. */
static __thread int inside __attribute__((tls_model("initial-exec")));

struct trace {
	uint64_t hash;
	int frames;
	uintptr_t at[FRAMES];
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *arg)
{
	uintptr_t at = _Unwind_GetIP(context);
	struct trace *t = arg;

	if (at < program_from || at >= program_to)
		return _URC_NO_REASON;
	t->hash = (t->hash ^ (at - program_from)) * UINT64_C(0x100000001b3);
	t->at[t->frames] = at - program_from;
	return ++t->frames == FRAMES ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static void note_site(uint64_t hash, const char *name)
{
	for (size_t i = 0; i < FAULT_SITES; i++) {
		struct fault_site *s = &shared->sites[(hash + i) % FAULT_SITES];
		uint64_t none = 0;

		if (atomic_compare_exchange_strong(&s->hash, &none, hash)) {
			snprintf(s->name, sizeof(s->name), "%s@%s", name,
				 program_invocation_short_name);
			return;
		}
		if (none == hash)
			return;
	}
}

static void print_trace(const struct trace *t)
{
	for (int i = 0; i < t->frames; i++)
		dprintf(STDERR_FILENO, "%lx\n", (unsigned long)(t->at[i] + text_offset));
}

/* Is it the turn of this call? */
static bool fails(const char *name)
{
	struct trace t = {.hash = UINT64_C(0xcbf29ce484222325)};
	int was = errno;
	bool yes = false;

	if (!shared || inside)
		return false;
	inside = 1;
	for (const char *p = name; *p; p++)
		t.hash = (t.hash ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	_Unwind_Backtrace(step, &t);
	if (t.frames > 0) {
		if (wanted)
			yes = t.hash == wanted && !atomic_exchange(&shared->hit, 1);
		else
			note_site(t.hash, name);
	}
	if (yes && getenv("FAULT_TRACE"))
		print_trace(&t);
	inside = 0;
	errno = was;
	return yes;
}

static void keep_settings(void)
{
	static const char *const names[SETTINGS] = {"LD_PRELOAD", "FAULT_FILE", "FAULT_SITE",
						    "FAULT_TRACE"};
	size_t n = 0;

	for (size_t i = 0; i < SETTINGS; i++) {
		const char *value = getenv(names[i]);

		if (value)
			snprintf(settings[n++], sizeof(settings[0]), "%s=%s", names[i], value);
	}
}

static int find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		text_offset = p->p_vaddr;
		program_from = info->dlpi_addr + p->p_vaddr;
		program_to = program_from + p->p_memsz;
	}
	return 1; /* the first one is the program */
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAULT_FILE"), *site = getenv("FAULT_SITE");
	struct trace ignored = {0};
	void *file;
	int fd;

	if (!path)
		return;
	inside = 1;
	wanted = site ? strtoull(site, NULL, 16) : 0;
	keep_settings();
	dl_iterate_phdr(find_program, NULL);
	_Unwind_Backtrace(step, &ignored);
	fd = open(path, O_RDWR | O_CLOEXEC);
	file = fd < 0 ? MAP_FAILED
		      : mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (file != MAP_FAILED)
		shared = file;
	inside = 0;
}

/* --- memory --- */

void *malloc(size_t size)
{
	if (fails("malloc")) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	if (fails("calloc")) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	if (fails("realloc")) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t n, size_t size)
{
	size_t bytes;

	if (fails("reallocarray") || __builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(old, bytes);
}

int posix_memalign(void **out, size_t align, size_t size)
{
	if (fails("posix_memalign"))
		return ENOMEM;
	*out = __libc_memalign(align, size);
	return *out ? 0 : ENOMEM;
}

/* --- the rest: the next one of the same name, or -1 with an errno --- */

/* Looked up without what is looked up being counted. */
static void *next(const char *name)
{
	void *f;

	inside++;
	f = dlsym(RTLD_NEXT, name);
	inside--;
	return f;
}

#define ARGS(...) __VA_ARGS__
#define CALL(type, failed, code, name, params, args)   \
	type name params                               \
	{                                              \
		static type(*real) params;             \
                                                       \
		if (fails(#name)) {                    \
			errno = (code);                \
			return failed;                 \
		}                                      \
		if (!real)                             \
			*(void **)&real = next(#name); \
		return real args;                      \
	}

CALL(ssize_t, -1, ENOSPC, write, (int fd, const void *buf, size_t n), (fd, buf, n))
CALL(int, -1, EIO, fsync, (int fd), (fd))
CALL(int, -1, EIO, fdatasync, (int fd), (fd))
CALL(int, -1, ENOSPC, ftruncate, (int fd, off_t n), (fd, n))
CALL(int, -1, EIO, rename, (const char *a, const char *b), (a, b))
CALL(int, -1, ENOSPC, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(int, -1, ENOSPC, mkostemp, (char *path, int flags), (path, flags))
CALL(int, -1, EMFILE, memfd_create, (const char *name, unsigned int flags), (name, flags))
CALL(DIR *, NULL, EMFILE, opendir, (const char *path), (path))
CALL(int, -1, EMFILE, socket, (int family, int type, int proto), (family, type, proto))
CALL(int, -1, EMFILE, socketpair, (int family, int type, int proto, int fds[2]),
     (family, type, proto, fds))
CALL(int, -1, EMFILE, pipe2, (int fds[2], int flags), (fds, flags))
CALL(int, -1, EMFILE, eventfd, (unsigned int count, int flags), (count, flags))
CALL(int, -1, ENOBUFS, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
CALL(int, -1, ECONNREFUSED, connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
CALL(int, -1, ENOBUFS, setsockopt, (int fd, int level, int name, const void *v, socklen_t n),
     (fd, level, name, v, n))
CALL(ssize_t, -1, ENOBUFS, send, (int fd, const void *buf, size_t n, int flags),
     (fd, buf, n, flags))
CALL(ssize_t, -1, ENOBUFS, sendto,
     (int fd, const void *buf, size_t n, int flags, const struct sockaddr *a, socklen_t len),
     (fd, buf, n, flags, a, len))
CALL(ssize_t, -1, ENOBUFS, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
CALL(ssize_t, -1, ENOBUFS, recv, (int fd, void *buf, size_t n, int flags), (fd, buf, n, flags))
CALL(ssize_t, -1, ENOBUFS, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
CALL(pid_t, -1, EAGAIN, fork, (void), ())
CALL(ssize_t, -1, EIO, read, (int fd, void *buf, size_t n), (fd, buf, n))
CALL(ssize_t, -1, EIO, pread, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))
CALL(int, -1, EIO, renameat, (int a_at, const char *a, int b_at, const char *b), (a_at, a, b_at, b))
CALL(int, -1, ENOSPC, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode))
CALL(char *, NULL, ENOSPC, mkdtemp, (char *path), (path))
CALL(FILE *, NULL, ENOMEM, fdopen, (int fd, const char *mode), (fd, mode))
CALL(DIR *, NULL, ENOMEM, fdopendir, (int fd), (fd))
CALL(int, -1, EMFILE, dup, (int fd), (fd))
CALL(int, -1, EMFILE, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags),
     (fd, a, n, flags))
CALL(int, -1, EADDRINUSE, listen, (int fd, int backlog), (fd, backlog))
CALL(int, -1, ENOBUFS, getsockname, (int fd, struct sockaddr *a, socklen_t *n), (fd, a, n))
CALL(int, -1, ENOBUFS, sendmmsg, (int fd, struct mmsghdr *m, unsigned int n, int flags),
     (fd, m, n, flags))
CALL(int, -1, ENOBUFS, recvmmsg,
     (int fd, struct mmsghdr *m, unsigned int n, int flags, struct timespec *timeout),
     (fd, m, n, flags, timeout))
CALL(int, -1, EMFILE, epoll_create1, (int flags), (flags))
CALL(int, -1, ENOSPC, epoll_ctl, (int at, int op, int fd, struct epoll_event *e), (at, op, fd, e))
CALL(int, -1, EMFILE, timerfd_create, (clockid_t clock, int flags), (clock, flags))
CALL(int, -1, EMFILE, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
CALL(int, -1, ENOSPC, unshare, (int flags), (flags))
CALL(int, -1, EPERM, setns, (int fd, int kind), (fd, kind))
CALL(int, -1, ENOMEM, mount,
     (const char *what, const char *where, const char *type, unsigned long flags, const void *data),
     (what, where, type, flags, data))
CALL(void *, MAP_FAILED, ENOMEM, mmap,
     (void *at, size_t n, int protection, int flags, int fd, off_t from),
     (at, n, protection, flags, fd, from))

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (fails("pthread_create"))
		return EAGAIN;
	if (!real)
		*(void **)&real = next("pthread_create");
	return real(thread, attr, run, arg);
}

int posix_fallocate(int fd, off_t from, off_t n)
{
	static int (*real)(int, off_t, off_t);

	if (fails("posix_fallocate"))
		return ENOSPC;
	if (!real)
		*(void **)&real = next("posix_fallocate");
	return real(fd, from, n);
}

static mode_t mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	if (fails("open")) {
		errno = flags & O_CREAT ? ENOSPC : EMFILE;
		return -1;
	}
	if (!real)
		*(void **)&real = next("open");
	return real(path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
	static int (*real)(int, const char *, int, ...);
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	if (fails("openat")) {
		errno = flags & O_CREAT ? ENOSPC : EMFILE;
		return -1;
	}
	if (!real)
		*(void **)&real = next("openat");
	return real(at, path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (fails("ioctl")) {
		errno = EIO;
		return -1;
	}
	if (!real)
		*(void **)&real = next("ioctl");
	return real(fd, request, arg);
}

/* What gets an environment of satbed's own, as the agent does, is one of the processes of the run all the same. */
static char *const *with_settings(char *const *env)
{
	static char *with[64];
	size_t n = 0, own = 0;

	for (; env && env[n] && n + SETTINGS < sizeof(with) / sizeof(with[0]) - 1; n++) {
		if (!strncmp(env[n], "FAULT_", 6))
			return env;
		with[n] = env[n];
	}
	for (; own < SETTINGS && settings[own][0]; own++)
		with[n + own] = settings[own];
	with[n + own] = NULL;
	return with;
}

/* A namespace is made by the bare call, whose child has this frame, too. */
long syscall(long number, ...)
{
	static long (*real)(long, ...);
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_clone && fails("clone")) {
		errno = EAGAIN;
		return -1;
	}
	if (number == SYS_execveat)
		a[3] = (long)with_settings((char *const *)a[3]);
	if (!real)
		*(void **)&real = next("syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* What a stream writes does not pass by write(): a stream of our own does. */
static ssize_t write_stream(void *cookie, const char *buf, size_t n)
{
	ssize_t done = write((int)(intptr_t)cookie, buf, n);

	return done < 0 ? 0 : done;
}

static int close_stream(void *cookie)
{
	return close((int)(intptr_t)cookie);
}

FILE *fopen(const char *path, const char *mode)
{
	static FILE *(*real)(const char *, const char *);
	const cookie_io_functions_t io = {.write = write_stream, .close = close_stream};
	FILE *stream;
	int fd;

	if (fails("fopen")) {
		errno = mode[0] == 'r' ? EMFILE : ENOSPC;
		return NULL;
	}
	if (!real)
		*(void **)&real = next("fopen");
	if (mode[0] == 'r')
		return real(path, mode);
	inside++;
	fd = open(path,
		  O_WRONLY | O_CREAT | O_CLOEXEC | (mode[0] == 'a' ? O_APPEND : O_TRUNC) |
		      (strchr(mode, 'x') ? O_EXCL : 0),
		  0666);
	stream = fd < 0 ? NULL : fopencookie((void *)(intptr_t)fd, "w", io);
	inside--;
	return stream;
}

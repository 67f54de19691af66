// SPDX-License-Identifier: MIT
/*
 * test_guest_preload.c - the library that is loaded into User-Mode Linux, against a real stopped
 * process
 *
 * No processor with AMX is needed: every kernel refuses a state that is shorter than its own, so a
 * state that is 64 bytes too short stands for UML's 2696 of 11008.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE_MAX     65536
#define UML_LEN	      2696
#define XMM0	      160 /* in the legacy area of XSAVE, as the processor's manual has it */
#define PROGRAM_FD    57
#define XSTATE_BV     512
#define XSTATE_BV_SSE 2
#define CUT	      64 /* how much the short state lacks */

static long (*mended)(int request, pid_t pid, void *addr, void *data);
static ssize_t (*random_bytes)(void *buf, size_t len, unsigned int flags);
static int (*make_file)(char *template);
static int (*open_file)(const char *path, int flags, ...);
static int (*remove_file)(const char *path);
static int (*look)(const char *path, struct stat64 *out);
static int (*look_closer)(int directory_fd, const char *path, int flags, unsigned int mask,
			  struct statx *out);
static pid_t child;
static size_t whole_len;
static unsigned char before[STATE_MAX], now[STATE_MAX];

static void *open_library(void)
{
	const char *build = getenv("O");
	char path[4096];
	void *library;

	snprintf(path, sizeof(path), "%s/satbed-preload.so", build ? build : "build");
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		fprintf(stderr, "%s\n", dlerror());
	return library;
}

/* A process that runs in a loop when it is let go. */
static int start_child(void **state)
{
	int status;

	(void)state;
	child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) || raise(SIGSTOP))
			_exit(1);
		for (;;)
			raise(SIGSTOP);
	}
	return child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status);
}

static int end_child(void **state)
{
	(void)state;
	return kill(child, SIGKILL) || waitpid(child, NULL, 0) != child;
}

static size_t get_whole(unsigned char *to)
{
	struct iovec iov = {.iov_base = to, .iov_len = STATE_MAX};

	assert_int_equal(ptrace(PTRACE_GETREGSET, child, (void *)NT_X86_XSTATE, &iov), 0);
	return iov.iov_len;
}

static long set_mended(unsigned char *from, size_t len)
{
	struct iovec iov = {.iov_base = from, .iov_len = len};

	return mended(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, &iov);
}

static void get_mended(unsigned char *to, size_t len)
{
	struct iovec iov = {.iov_base = to, .iov_len = len};

	assert_int_equal(mended(PTRACE_GETREGSET, child, (void *)NT_X86_XSTATE, &iov), 0);
	assert_int_equal(iov.iov_len, len);
}

/* As User-Mode Linux's where the processor has that much. */
static size_t short_len(void)
{
	return whole_len - CUT < UML_LEN ? whole_len - CUT : UML_LEN;
}

static void write_xmm0(unsigned char *image, unsigned char byte)
{
	memset(image + XMM0, byte, 16);
	image[XSTATE_BV] |= XSTATE_BV_SSE;
}

static void a_short_state_is_laid_over_the_whole(void **state)
{
	struct iovec iov = {.iov_base = now, .iov_len = 0};
	size_t len;

	(void)state;
	len = get_whole(before);
	memcpy(now, before, len);
	write_xmm0(now, 0x11);
	iov.iov_len = len;
	assert_int_equal(ptrace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, &iov), 0);
	get_whole(before);

	memcpy(now, before, len);
	write_xmm0(now, 0xa5);
	iov.iov_len = len - CUT;
	assert_int_equal(ptrace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, &iov), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(set_mended(now, len - CUT), 0);

	write_xmm0(before, 0xa5);
	memset(now, 0, len);
	assert_int_equal(get_whole(now), len);
	assert_memory_equal(now, before, len);
}

/* The bytes beyond the short state, set before, are kept: of every component that has them. */
static void what_a_short_state_lacks_stays(void **state)
{
	struct iovec iov = {.iov_base = now, .iov_len = 0};
	size_t len, kept;

	(void)state;
	len = get_whole(now);
	/* Cut within the vector registers that every processor with a state beyond 832 bytes or AVX
	 * has: 576 to 831. */
	if (len < 832)
		skip();
	kept = 576 + 64;
	now[XSTATE_BV] |= 7;
	memset(now + 576, 0x3c, 256);
	iov.iov_len = len;
	assert_int_equal(ptrace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, &iov), 0);
	memset(now + 576, 0x55, 256);
	assert_int_equal(set_mended(now, kept), 0);
	get_whole(before);
	for (size_t i = 576; i < 832; i++)
		assert_int_equal(before[i], i < kept ? 0x55 : 0x3c);
}

static void a_whole_state_is_set_as_ever(void **state)
{
	size_t len;

	(void)state;
	len = get_whole(now);
	write_xmm0(now, 0x77);
	assert_int_equal(set_mended(now, len), 0);
	get_whole(before);
	assert_memory_equal(before + XMM0, now + XMM0, 16);
	/* UML's buffer is the longer one on most processors. */
	write_xmm0(now, 0x78);
	assert_int_equal(set_mended(now, STATE_MAX), 0);
	get_whole(before);
	assert_memory_equal(before + XMM0, now + XMM0, 16);
}

/* Seen by changing the registers behind the library's back: what it then sets does not arrive. */
static void what_a_process_has_is_not_set_again(void **state)
{
	unsigned char image[STATE_MAX];
	struct iovec iov = {.iov_base = before, .iov_len = whole_len};
	size_t len = short_len();

	(void)state;
	get_mended(image, len);
	get_whole(before);
	write_xmm0(before, 0x99);
	assert_int_equal(ptrace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, &iov), 0);
	assert_int_equal(set_mended(image, len), 0);
	get_whole(now);
	assert_int_equal(now[XMM0], 0x99);

	/* Other registers arrive, and so does the first state after them. */
	write_xmm0(image, 0x42);
	assert_int_equal(set_mended(image, len), 0);
	get_whole(now);
	assert_int_equal(now[XMM0], 0x42);
	write_xmm0(image, 0x43);
	assert_int_equal(set_mended(image, len), 0);
	get_whole(now);
	assert_int_equal(now[XMM0], 0x43);
}

static void a_process_that_ran_is_set_anew(void **state)
{
	unsigned char image[STATE_MAX];
	struct iovec iov = {.iov_base = before, .iov_len = whole_len};
	size_t len = short_len();
	int status;

	(void)state;
	get_mended(image, len);
	assert_int_equal(mended(PTRACE_CONT, child, NULL, NULL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	get_whole(before);
	write_xmm0(before, 0x66);
	assert_int_equal(ptrace(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, &iov), 0);
	assert_int_equal(set_mended(image, len), 0);
	get_whole(now);
	assert_memory_equal(now, image, len);
}

static void errors_are_passed_on(void **state)
{
	struct iovec iov = {.iov_base = now, .iov_len = 64};

	(void)state;
	errno = 0;
	assert_int_equal(mended(PTRACE_SETREGSET, getpid(), (void *)NT_X86_XSTATE, &iov), -1);
	assert_int_equal(errno, ESRCH);
	errno = 0;
	assert_int_equal(mended(PTRACE_SETREGSET, child, (void *)NT_X86_XSTATE, NULL), -1);
	assert_int_equal(errno, EFAULT);
	errno = 0;
	assert_int_equal(mended(PTRACE_PEEKUSER, child, (void *)8, NULL),
			 ptrace(PTRACE_PEEKUSER, child, (void *)8, NULL));
	assert_int_equal(errno, 0);
}

/* The tracer exits without a word; what it traced is then killed, not let go. */
static void what_is_traced_ends_with_its_tracer(void **state)
{
	int fds[2], status;
	pid_t tracer, traced = 0;
	char end;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	tracer = fork();
	if (tracer == 0) {
		close(fds[0]);
		traced = fork();
		if (traced == 0) {
			ptrace(PTRACE_TRACEME, 0, NULL, NULL);
			raise(SIGSTOP);
			for (;;)
				pause();
		}
		if (waitpid(traced, &status, 0) != traced ||
		    mended(PTRACE_SETOPTIONS, traced, NULL, (void *)PTRACE_O_TRACESYSGOOD) ||
		    mended(PTRACE_CONT, traced, NULL, NULL))
			_exit(1);
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(waitpid(tracer, &status, 0), tracer);
	assert_int_equal(status, 0);
	/* End of file: the traced process had the other end, too, and would pause for ever. */
	alarm(10);
	assert_int_equal(read(fds[0], &end, 1), 0);
	alarm(0);
	close(fds[0]);
}

/*
 * This program once more, as a tracer that ends before it has set any option: "early" after its child
 * stopped, "earlier" before its child asked to be traced.
 */
static int end_early(const char *when)
{
	pid_t self = getpid(), traced = fork();
	int status;

	if (traced == 0) {
		while (!strcmp(when, "earlier") && getppid() == self)
			usleep(1000);
		mended(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		for (;;)
			pause();
	}
	if (!strcmp(when, "early") &&
	    (waitpid(traced, &status, WUNTRACED) != traced || !WIFSTOPPED(status)))
		return 1;
	return 0;
}

static void expect_end_with_early_tracer(const char *when)
{
	char self[4096] = "", end;
	int fds[2], status;
	pid_t tracer;

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	assert_int_equal(pipe(fds), 0);
	tracer = fork();
	if (tracer == 0) {
		close(fds[0]);
		execl(self, self, when, (char *)NULL);
		_exit(1);
	}
	close(fds[1]);
	assert_int_equal(waitpid(tracer, &status, 0), tracer);
	assert_int_equal(status, 0);
	alarm(10);
	assert_int_equal(read(fds[0], &end, 1), 0);
	alarm(0);
	close(fds[0]);
}

static void what_would_be_traced_ends_with_its_tracer(void **state)
{
	(void)state;
	expect_end_with_early_tracer("early");
	expect_end_with_early_tracer("earlier");
}

static void memory_has_no_name(void **state)
{
	char memory[] = "/nonexistent/vm_file-XXXXXX", other[] = "/nonexistent/other-XXXXXX";
	int fd = make_file(memory);
	void *page;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	munmap(page, 4096);
	close(fd);
	assert_int_equal(remove_file(memory), 0);
	assert_int_equal(make_file(other), -1);
	assert_int_equal(remove_file(other), -1);
	assert_int_equal(errno, ENOENT);
}

/* Not in the directory, which may hold too little, or nothing that can be executed. */
static void memory_is_in_no_directory(void **state)
{
	char kept[] = "/tmp/satbed-preload-XXXXXX";
	int fd = open_file("/nonexistent", O_RDWR | O_EXCL | O_CLOEXEC | O_TMPFILE, 0700);
	struct stat st;
	void *page;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	munmap(page, 4096);
	close(fd);
	/* All else is as it was. */
	assert_int_equal(open_file("/nonexistent/file", O_RDWR), -1);
	assert_int_equal(errno, ENOENT);
	assert_non_null(mkdtemp(kept));
	fd = open(kept, O_RDONLY | O_DIRECTORY);
	assert_int_equal(fchdir(fd), 0);
	close(fd);
	fd = open_file("made", O_RDWR | O_CREAT | O_EXCL, 0640);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777 & ~0640u, 0);
	close(fd);
	assert_int_equal(unlink("made"), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(kept), 0);
}

static bool seems_a_file(const char *slashes, int fd)
{
	char path[64];
	struct stat64 st;
	struct statx stx;

	snprintf(path, sizeof(path), "%sproc/%d/fd/%d", slashes, (int)getpid(), fd);
	assert_int_equal(look(path, &st), 0);
	assert_int_equal(look_closer(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &stx), 0);
	assert_int_equal(S_ISREG(st.st_mode), S_ISREG(stx.stx_mode));
	assert_true(S_ISREG(st.st_mode) || S_ISLNK(st.st_mode));
	return S_ISREG(st.st_mode);
}

/* The guest's kernel finds the program of its first process where there is but a link to something without a name. */
static void the_program_needs_no_name(void **state)
{
	int fd = memfd_create("program", MFD_CLOEXEC);
	struct stat64 st;

	(void)state;
	assert_int_equal(dup2(fd, PROGRAM_FD), PROGRAM_FD);
	assert_true(seems_a_file("/", PROGRAM_FD));
	assert_true(seems_a_file("///", PROGRAM_FD));
	assert_false(seems_a_file("/", fd));
	close(PROGRAM_FD);
	close(fd);
	assert_int_equal(look("/nonexistent", &st), -1);
	assert_int_equal(errno, ENOENT);
}

static void without_a_seed_random_is_random(void **state)
{
	unsigned char a[32], b[32];

	(void)state;
	assert_int_equal(random_bytes(a, sizeof(a), 0), sizeof(a));
	assert_int_equal(random_bytes(b, sizeof(b), 0), sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

/* The library reads the seed when it is loaded: this program once more, with one. */
static void ask_with_seed(const char *self, const char *seed, char *line, size_t len)
{
	char command[4200];
	FILE *pipe;

	snprintf(command, sizeof(command), "SATBED_GUEST_SEED='%s' '%s' print 2>&1", seed, self);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	if (!fgets(line, (int)len, pipe))
		*line = 0;
	pclose(pipe);
}

static void with_a_seed_it_is_the_same_each_time(void **state)
{
	char self[4096] = "", one[128], again[128], other[128];

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	ask_with_seed(self, "1", one, sizeof(one));
	ask_with_seed(self, "0x1", again, sizeof(again));
	ask_with_seed(self, "2", other, sizeof(other));
	assert_int_equal(strlen(one), 2 * 21 + 1);
	assert_string_equal(one, again);
	assert_string_not_equal(one, other);
	/* SplitMix64's first number from 1 and half of the second, lowest byte first. */
	assert_memory_equal(one, "c15c0289ec2d0a91", 16);

	ask_with_seed(self, "1x", one, sizeof(one));
	assert_string_equal(one, "SATBED_GUEST_SEED: not a number\n");
}

static int print_random(void)
{
	unsigned char bytes[21];

	/* In pieces that do not fill whole words. */
	if (random_bytes(bytes, 13, 0) != 13 || random_bytes(bytes + 13, 8, 0) != 8)
		return 1;
	for (size_t i = 0; i < sizeof(bytes); i++)
		printf("%02x", bytes[i]);
	puts("");
	return 0;
}

static int has_xstate(void)
{
	struct iovec iov = {.iov_base = before, .iov_len = sizeof(before)};
	int rc;

	if (start_child(NULL))
		return 0;
	rc = !ptrace(PTRACE_GETREGSET, child, (void *)NT_X86_XSTATE, &iov);
	whole_len = iov.iov_len;
	return !end_child(NULL) && rc;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest registers[] = {
	    cmocka_unit_test_setup_teardown(a_short_state_is_laid_over_the_whole, start_child,
					    end_child),
	    cmocka_unit_test_setup_teardown(what_a_short_state_lacks_stays, start_child, end_child),
	    cmocka_unit_test_setup_teardown(a_whole_state_is_set_as_ever, start_child, end_child),
	    cmocka_unit_test_setup_teardown(what_a_process_has_is_not_set_again, start_child,
					    end_child),
	    cmocka_unit_test_setup_teardown(a_process_that_ran_is_set_anew, start_child, end_child),
	    cmocka_unit_test_setup_teardown(errors_are_passed_on, start_child, end_child),
	};
	const struct CMUnitTest random[] = {
	    cmocka_unit_test(without_a_seed_random_is_random),
	    cmocka_unit_test(with_a_seed_it_is_the_same_each_time),
	    cmocka_unit_test(what_is_traced_ends_with_its_tracer),
	    cmocka_unit_test(what_would_be_traced_ends_with_its_tracer),
	    cmocka_unit_test(memory_has_no_name),
	    cmocka_unit_test(memory_is_in_no_directory),
	    cmocka_unit_test(the_program_needs_no_name),
	};
	void *library, *found;
	int failed;

	setenv("SATBED_GUEST_PROGRAM", "57", 1); /* PROGRAM_FD */
	library = open_library();
	if (!library)
		return 1;
	found = dlsym(library, "ptrace");
	memcpy(&mended, &found, sizeof(mended));
	found = dlsym(library, "getrandom");
	memcpy(&random_bytes, &found, sizeof(random_bytes));
	found = dlsym(library, "mkstemp64");
	memcpy(&make_file, &found, sizeof(make_file));
	found = dlsym(library, "open64");
	memcpy(&open_file, &found, sizeof(open_file));
	found = dlsym(library, "unlink");
	memcpy(&remove_file, &found, sizeof(remove_file));
	found = dlsym(library, "lstat64");
	memcpy(&look, &found, sizeof(look));
	found = dlsym(library, "statx");
	memcpy(&look_closer, &found, sizeof(look_closer));
	if (!mended || !random_bytes || !make_file || !open_file || !remove_file || !look ||
	    !look_closer)
		return 1;
	if (argc > 1)
		return strcmp(argv[1], "print") ? end_early(argv[1]) : print_random();
	failed = cmocka_run_group_tests(random, NULL, NULL);
	if (!has_xstate()) {
		fprintf(stderr, "no XSAVE state to be had by ptrace() here\n");
		return failed ? 1 : 0;
	}
	return failed + cmocka_run_group_tests(registers, NULL, NULL);
}

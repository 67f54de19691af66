// SPDX-License-Identifier: MIT
/* inside.c - satbed as the first process of its own guest */
#include "satbed/guest_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "handover.h"
#include "inside_mounts.h"
#include "inside_watch.h"
#include "satbed/base/clean.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/sched.h"
#include "satbed/guest.h"

#define REQUEST_MAX (256u << 20)
#define STDOUT_MAX  (16u << 20)

struct inside {
	struct sb_lines line; /* the serial line, both ways */
	cJSON *request;
	pid_t worker;
	int stderr_fd, stdout_fd, signal_fd;
	char text[4096]; /* of stderr, the start of a line */
	size_t text_len;
	bool ended;
};

static void say(struct inside *in, cJSON *obj)
{
	sb_lines_send(&in->line, obj, NULL);
	cJSON_Delete(obj);
}

static void say_text(struct inside *in, const char *event, const char *text)
{
	sb_auto_free char *valid = sb_is_utf8(text) ? NULL : sb_clean(text);
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "ev", event);
	sb_json_add_str(obj, "text", valid ? valid : text);
	say(in, obj);
}

/* --- before the worker --- */

/* /dev is the host's at first, and in a container that has no serial line. */
static int make_line(void)
{
	if (mount("satbed", "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755") ||
	    mknod(SB_HANDOVER_LINE, S_IFCHR | 0600, makedev(4, 64)))
		return -1;
	return open(SB_HANDOVER_LINE, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int open_line(struct inside *in)
{
	int fd = open(SB_HANDOVER_LINE, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios t;

	if (fd < 0 && errno == ENOENT)
		fd = make_line();

	if (fd < 0 || tcgetattr(fd, &t))
		return -1;
	cfmakeraw(&t);
	if (tcsetattr(fd, TCSANOW, &t))
		return -1;
	sb_lines_init(&in->line, fd);
	return 0;
}

static int read_request(struct inside *in, struct sb_err *err)
{
	static const char path[] = SB_GUEST_DIRECTORY "/" SB_HANDOVER_REQUEST;
	sb_auto_free char *text = NULL;
	size_t len;

	if (sb_read_file(path, REQUEST_MAX, &text, &len, err))
		return -1;
	unlink(path);
	in->request = cJSON_ParseWithLength(text, len);
	if (!in->request)
		return sb_fail(err, SB_EINTERNAL, 0, "the guest cannot read its request");
	return 0;
}

static int raise_loopback(struct sb_err *err)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	sb_auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		return sb_fail(err, SB_EENV, errno, "the guest has no loopback interface");
	return 0;
}

/*
 * Who asks for as much gets it, so that a receiver of datagrams need not wake up for each, and the user-space
 * link can hand over ahead what leaves later (decision 0037).  Not above tcp_rmem's most, or TCP's windows would be
 * scaled otherwise than on a usual host.
 */
static void raise_socket_buffers(void)
{
	static const char *const files[] = {"/proc/sys/net/core/rmem_max",
					    "/proc/sys/net/core/wmem_max"};

	for (size_t i = 0; i < SB_ARRAY_LEN(files); i++)
		sb_write_text(files[i], "4194304");
}

static int set_up(struct inside *in, struct sb_err *err)
{
	static const char name[] = "satbed-guest";

	if (sb_inside_mounts(err) || read_request(in, err) ||
	    sb_inside_covers(cJSON_GetObjectItemCaseSensitive(in->request, "keep"), err) ||
	    raise_loopback(err))
		return -1;
	raise_socket_buffers();
	if (sethostname(name, strlen(name)))
		return sb_fail(err, SB_EENV, errno, "the guest cannot set its name");
	return 0;
}

/* --- the worker --- */

static int64_t number(const struct inside *in, const char *key, int64_t otherwise)
{
	int64_t v;

	return sb_json_get_i64(in->request, "$", key, &v, NULL) ? otherwise : v;
}

/*
 * The worker stays root of the guest, whoever started it: so everybody's run is the same, step by
 * step.  On this machine the kernel that it runs in is a process of the user's, and has the user's
 * rights.
 */
static int take_rights(void)
{
	const struct rlimit any = {.rlim_cur = 40, .rlim_max = 40};
	const struct rlimit exact = {.rlim_cur = SB_EXACT_EMULATOR, .rlim_max = SB_EXACT_EMULATOR};

	/* The emulator goes before the nodes: on this clock the order decides the result. */
	setrlimit(RLIMIT_NICE, &any);
	setrlimit(RLIMIT_RTPRIO, &exact);
	return mkdir(SB_GUEST_WORK, 0700);
}

__attribute__((noreturn)) static void become_worker(struct inside *in, int stderr_end,
						    int (*work)(const cJSON *request,
								struct sb_lines *channel))
{
	const char *cwd = "/", *path;
	sigset_t none;
	int null_fd = open("/dev/null", O_RDWR), status;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(in->stdout_fd, 1) < 0 ||
	    dup2(stderr_end, 2) < 0)
		_exit(4);
	sb_json_get_str(in->request, "$", "cwd", &cwd, NULL);
	if (!sb_json_get_str(in->request, "$", "path", &path, NULL))
		setenv("PATH", path, 1);
	if (take_rights() || (chdir(cwd) && chdir("/"))) {
		fprintf(stderr, "satbed: the guest cannot begin: %s\n", strerror(errno));
		_exit(4);
	}
	/* Files that it makes are the host's: its usual rights. */
	umask((mode_t)number(in, "umask", 022));
	status = work(in->request, &in->line);
	fflush(NULL);
	_exit(status);
}

static int start_worker(struct inside *in,
			int (*work)(const cJSON *request, struct sb_lines *channel),
			struct sb_err *err)
{
	int fds[2];
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	in->signal_fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	in->stdout_fd = memfd_create("stdout", MFD_CLOEXEC);
	if (in->signal_fd < 0 || in->stdout_fd < 0 || pipe2(fds, O_CLOEXEC))
		return sb_fail(err, SB_EENV, errno, "the guest cannot make its pipes");
	in->stderr_fd = fds[0];
	in->worker = fork();
	if (in->worker == 0)
		become_worker(in, fds[1], work);
	close(fds[1]);
	if (in->worker < 0)
		return sb_fail(err, SB_EENV, errno, "the guest cannot start its worker");
	return 0;
}

/* --- while it works --- */

static void pass_stderr(struct inside *in)
{
	ssize_t len =
	    read(in->stderr_fd, in->text + in->text_len, sizeof(in->text) - 1 - in->text_len);
	char *end;

	if (len <= 0) {
		sb_close_p(&in->stderr_fd);
		return;
	}
	in->text_len += (size_t)len;
	in->text[in->text_len] = '\0';
	end = strrchr(in->text, '\n');
	if (!end && in->text_len < sizeof(in->text) - 1)
		return;
	if (end) {
		char rest = end[1];
		size_t whole = (size_t)(end + 1 - in->text);

		end[1] = '\0';
		say_text(in, "stderr", in->text);
		end[1] = rest;
		memmove(in->text, in->text + whole, in->text_len - whole + 1);
		in->text_len -= whole;
	} else {
		say_text(in, "stderr", in->text);
		in->text_len = 0;
	}
}

static void obey(struct inside *in)
{
	char byte;

	if (read(in->line.fd, &byte, 1) != 1)
		return;
	if (byte == SB_GUEST_INSPECT)
		say(in, sb_inside_computing());
	if (byte == SB_GUEST_STOP)
		sb_inside_kill_computing(in->worker);
	if (byte == SB_GUEST_INTERRUPT || byte == SB_GUEST_STOP)
		kill(in->worker, SIGINT);
}

static void say_end(struct inside *in, int status)
{
	cJSON *obj = cJSON_CreateObject();
	struct stat st;

	while (in->stderr_fd >= 0) {
		struct pollfd p = {.fd = in->stderr_fd, .events = POLLIN};

		if (poll(&p, 1, 0) <= 0)
			break;
		pass_stderr(in);
	}
	if (!fstat(in->stdout_fd, &st) && st.st_size > 0 && st.st_size < STDOUT_MAX) {
		char *text = sb_alloc((size_t)st.st_size + 1, 1);

		if (pread(in->stdout_fd, text, (size_t)st.st_size, 0) == st.st_size)
			say_text(in, "stdout", text);
		free(text);
	}
	sb_json_add_str(obj, "ev", "ended");
	if (WIFSIGNALED(status))
		sb_json_add_i64(obj, "signal", WTERMSIG(status));
	else
		sb_json_add_i64(obj, "status", WEXITSTATUS(status));
	say(in, obj);
}

static void reap(struct inside *in)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(in->signal_fd, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == in->worker) {
			say_end(in, status);
			in->ended = true;
		}
}

static void watch(struct inside *in)
{
	sb_inside_be_heard();
	while (!in->ended) {
		struct pollfd fds[] = {{.fd = in->line.fd, .events = POLLIN},
				       {.fd = in->signal_fd, .events = POLLIN},
				       {.fd = in->stderr_fd, .events = POLLIN}};

		if (poll(fds, SB_ARRAY_LEN(fds), -1) < 0)
			continue;
		if (fds[2].revents)
			pass_stderr(in);
		if (fds[0].revents)
			obey(in);
		if (fds[1].revents)
			reap(in);
	}
}

int sb_guest_inside(int (*work)(const cJSON *request, struct sb_lines *channel))
{
	struct inside in = {.worker = -1, .stderr_fd = -1, .stdout_fd = -1, .signal_fd = -1};
	struct sb_err err = {0};

	if (getpid() != 1) {
		fputs("satbed-guest is only for the first process of a guest\n", stderr);
		return 2;
	}
	if (open_line(&in))
		fprintf(stderr, "satbed: no serial line: %s\n", strerror(errno));
	else if (set_up(&in, &err) || start_worker(&in, work, &err))
		sb_lines_send_err(&in.line, &err, NULL);
	else
		watch(&in);
	if (in.line.fd > 0)
		tcdrain(in.line.fd);
	reboot(RB_POWER_OFF);
	return 4;
}

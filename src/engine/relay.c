// SPDX-License-Identifier: MIT
/*
 * relay.c - slirp4netns or pasta as a child of the emulator
 *
 * Each runs in a network namespace of its own, which it takes for its host: its sockets are there.
 * The tap it makes in the emulator's namespace, whose handle it gets as its standard input: newer pasta
 * closes every other descriptor.
 */
#include "relay.h"
#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/clean.h"
#include "satbed/base/cpu.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

#define SAID_MAX   4096 /* of what a relay says about itself */
#define VERSION_MS 5000

static char *const minimal_env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};

/** struct arguments - an argument vector and the words in it that had to be made */
struct arguments {
	char *argv[SB_RELAY_ARGS];
	char text[8][64];
	size_t count, made;
};

static void put(struct arguments *a, const char *word)
{
	if (a->count + 1 >= SB_RELAY_ARGS)
		abort();
	a->argv[a->count++] = (char *)word;
	a->argv[a->count] = NULL;
}

static void put_made(struct arguments *a, const char *fmt, ...) SB_PRINTF(2, 3);

static void put_made(struct arguments *a, const char *fmt, ...)
{
	va_list ap;

	if (a->made >= SB_ARRAY_LEN(a->text))
		abort();
	va_start(ap, fmt);
	vsnprintf(a->text[a->made], sizeof(a->text[0]), fmt, ap);
	va_end(ap);
	put(a, a->text[a->made++]);
}

static void put_all(struct arguments *a, const char *const *words)
{
	for (; *words; words++)
		put(a, *words);
}

/* The client's network as slirp4netns(1) wants it: an address whose host part is zero. */
static struct in_addr network_of(const struct in_addr *addr)
{
	return (struct in_addr){addr->s_addr & htonl(~UINT32_C(0) << (32 - SB_PREFIX_LEN4))};
}

static void fill_slirp(struct arguments *a, const struct sb_plan *plan, const struct sb_link *link)
{
	struct in_addr network = network_of(&link->client.addr4);
	char text[INET_ADDRSTRLEN];

	put(a, "slirp4netns");
	put(a, "--netns-type=path");
	put_made(a, "--cidr=%s/%d", inet_ntop(AF_INET, &network, text, sizeof(text)),
		 SB_PREFIX_LEN4);
	put_made(a, "--mtu=%u", plan->mtu);
	put(a, "--disable-dns");
	put(a, "--disable-host-loopback");
	put(a, "--enable-sandbox");
	put(a, "--enable-seccomp");
	put(a, "/proc/self/fd/0");
	put(a, link->relay.tap);
}

static void fill_pasta(struct arguments *a, const struct sb_plan *plan, const struct sb_link *link)
{
	/* No port is forwarded, and nothing is configured by it: the client's network is made. */
	static const char *const fixed[] = {"-t",	"none",	       "-u",	       "none",
					    "-T",	"none",	       "-U",	       "none",
					    "-q",	"--no-map-gw", "--no-dhcp",    "--no-ra",
					    "--no-ndp", "--no-dhcpv6", "--netns-only", NULL};
	char text[INET_ADDRSTRLEN];

	put(a, "pasta");
	put(a, "-f");
	put(a, "-4");
	put(a, "-I");
	put(a, link->relay.tap);
	put(a, "-a");
	put_made(a, "%s", inet_ntop(AF_INET, &link->client.addr4, text, sizeof(text)));
	put(a, "-n");
	put_made(a, "%d", SB_PREFIX_LEN4);
	put(a, "-g");
	put_made(a, "%s", inet_ntop(AF_INET, &link->relay.gateway4, text, sizeof(text)));
	put(a, "-m");
	put_made(a, "%u", plan->mtu);
	put_all(a, fixed);
	/* Where it is root it would become nobody, who may not enter the emulator's namespace. */
	put(a, "--runas");
	put(a, "0");
	put(a, "--netns");
	put(a, "/proc/self/fd/0");
}

static void fill_arguments(struct arguments *a, const struct sb_plan *plan, size_t i)
{
	if (plan->path == SB_PATH_SLIRP)
		fill_slirp(a, plan, &plan->links[i]);
	else
		fill_pasta(a, plan, &plan->links[i]);
}

/* In the child, from fork to execve. */
static void become_relay(const char *program, char *const *argv, int in_fd, int out_fd, int err_fd)
{
	struct rlimit file = {SAID_MAX, SAID_MAX}, core = {0, 0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	setsid();
	signal(SIGPIPE, SIG_DFL);
	/* Whatever it says beyond the limit is refused, and must not end it. */
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &file);
	setrlimit(RLIMIT_CORE, &core);
	if (dup2(in_fd, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
	    dup2(err_fd, STDERR_FILENO) < 0)
		_exit(126);
	syscall(SYS_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
	execve(program, argv, minimal_env);
	dprintf(STDERR_FILENO, "cannot run %s: %s\n", program, strerror(errno));
	_exit(127);
}

/* The first line of "PROGRAM --version"; "" where it says none in time. */
static void ask_version(struct sb_relays *r)
{
	char *argv[] = {(char *)sb_relay_name(r->plan->path), "--version", NULL};
	sb_auto_close int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct pollfd p = {.events = POLLIN};
	char text[sizeof(r->version)] = "";
	sb_auto_free char *clean = NULL;
	ssize_t got = 0;
	int out[2];
	pid_t pid;

	if (null_fd < 0 || pipe2(out, O_CLOEXEC))
		return;
	pid = fork();
	if (pid == 0)
		become_relay(r->program, argv, null_fd, out[1], null_fd);
	close(out[1]);
	p.fd = out[0];
	if (pid > 0 && poll(&p, 1, VERSION_MS) > 0)
		got = read(out[0], text, sizeof(text) - 1);
	close(out[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	clean = sb_clean(text);
	snprintf(r->version, sizeof(r->version), "%s", clean);
}

static int find_program(struct sb_relays *r, struct sb_err *err)
{
	static const char *const places[] = {"/usr/local/bin", "/usr/bin", "/bin"};
	const char *name = sb_relay_name(r->plan->path);

	for (size_t i = 0; i < SB_ARRAY_LEN(places); i++) {
		snprintf(r->program, sizeof(r->program), "%s/%s", places[i], name);
		if (!access(r->program, X_OK))
			return 0;
	}
	return sb_fail(err, SB_EENV, 0,
		       "path = %s needs %s, which is not installed; try: sudo apt-get install %s",
		       sb_path_name(r->plan->path), name,
		       r->plan->path == SB_PATH_SLIRP ? "slirp4netns" : "passt");
}

static int check_tun(const struct sb_relays *r, struct sb_err *err)
{
	sb_auto_close int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	const char *name = sb_relay_name(r->plan->path);

	if (fd >= 0)
		return 0;
	if (errno == EACCES || errno == EPERM)
		return sb_fail(err, SB_EENV, errno,
			       "%s needs /dev/net/tun, which this user may not open; run satbed as "
			       "root, or allow it with: sudo chmod 666 /dev/net/tun",
			       name);
	return sb_fail(err, SB_EENV, errno,
		       "%s needs /dev/net/tun, which cannot be opened; try: sudo modprobe tun",
		       name);
}

/*
 * A relay passes a ping on through an ICMP socket, which the kernel gives to the groups of this
 * range only: in a new namespace to none (icmp(7)).  Where /proc/sys is read-only, everything but
 * ping works.
 */
static int allow_ping(void *arg, struct sb_err *err)
{
	char range[32];

	(void)arg;
	(void)err;
	snprintf(range, sizeof(range), "%u %u", getegid(), getegid());
	if (sb_write_text("/proc/sys/net/ipv4/ping_group_range", range))
		sb_info(
		    "pings will not pass the relay: net.ipv4.ping_group_range cannot be set: %s",
		    strerror(errno));
	return 0;
}

/* A namespace for each: the emulator enters it to make it, and comes back. */
static int make_namespaces(struct sb_relays *r, struct sb_err *err)
{
	sb_auto_close int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (home_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot open /proc/self/ns/net");
	for (size_t i = 0; i < r->plan->link_count; i++)
		if (sb_netns_make(home_fd, allow_ping, NULL, &r->each[i].net_fd, err))
			return -1;
	return 0;
}

int sb_relays_open(struct sb_relays *r, const struct sb_plan *plan, int nice, struct sb_err *err)
{
	*r = (struct sb_relays){.plan = plan, .nice = nice};
	r->each = sb_alloc(plan->link_count, sizeof(*r->each));
	for (size_t i = 0; i < plan->link_count; i++)
		r->each[i].net_fd = r->each[i].said_fd = -1;
	if (find_program(r, err) || check_tun(r, err))
		return -1;
	ask_version(r);
	return make_namespaces(r, err);
}

static int launch(struct sb_relays *r, size_t i, int home_fd, int null_fd, struct sb_err *err)
{
	struct sb_relay_process *one = &r->each[i];
	struct arguments a = {0};
	pid_t pid;

	fill_arguments(&a, r->plan, i);
	one->said_fd = memfd_create("satbed-relay", MFD_CLOEXEC);
	if (one->said_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot create a file in memory");
	pid = fork();
	if (pid < 0)
		return sb_fail(err, SB_EENV, errno, "cannot start %s", r->program);
	if (pid == 0) {
		setpriority(PRIO_PROCESS, 0, r->nice);
		if (setns(one->net_fd, CLONE_NEWNET))
			_exit(125);
		become_relay(r->program, a.argv, home_fd, null_fd, one->said_fd);
	}
	one->pid = pid;
	return 0;
}

int sb_relays_launch(struct sb_relays *r, struct sb_err *err)
{
	sb_auto_close int home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	sb_auto_close int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (home_fd < 0 || null_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot open %s",
			       home_fd < 0 ? "/proc/self/ns/net" : "/dev/null");
	for (size_t i = 0; i < r->plan->link_count; i++)
		if (launch(r, i, home_fd, null_fd, err))
			return -1;
	return 0;
}

/* The last line that a relay wrote; the caller's to free. */
static char *last_words(int said_fd)
{
	char text[SAID_MAX + 1], *line;
	ssize_t n = pread(said_fd, text, SAID_MAX, 0);

	text[n > 0 ? n : 0] = '\0';
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	line = strrchr(text, '\n');
	return sb_clean(line ? line + 1 : text);
}

int sb_relays_check(struct sb_relays *r, size_t i, struct sb_err *err)
{
	struct sb_relay_process *one = &r->each[i];
	sb_auto_free char *words = NULL;

	if (one->pid > 0 && waitpid(one->pid, NULL, WNOHANG) == 0)
		return 0;
	one->pid = 0;
	words = last_words(one->said_fd);
	return sb_fail(err, SB_EENV, 0, "%s of client%zu ended: %s", r->program, i + 1,
		       *words ? words : "no output");
}

void sb_relays_describe(const struct sb_relays *r, cJSON *into)
{
	sb_auto_free char *options = sb_strdup("");
	struct arguments a = {0};

	fill_arguments(&a, r->plan, 0);
	for (size_t i = 1; i < a.count; i++) {
		char *longer = sb_asprintf("%s%s%s", options, i > 1 ? " " : "", a.argv[i]);

		free(options);
		options = longer;
	}
	sb_json_add_str(into, "program", r->program);
	sb_json_add_str(into, "version", r->version);
	sb_json_add_str(into, "options", options);
}

void sb_relays_facts(void *arg, cJSON *into)
{
	cJSON *list = cJSON_AddArrayToObject(into, "relays");
	struct sb_relays *r = arg;

	for (size_t i = 0; i < r->plan->link_count; i++) {
		cJSON *obj = cJSON_CreateObject();
		double cpu_s = r->each[i].pid > 0 ? sb_cpu_seconds(r->each[i].pid) : -1;
		struct sb_err err = {0};

		cJSON_AddItemToArray(list, obj);
		if (cpu_s >= 0)
			sb_json_add_num(obj, "cpu_s", cpu_s);
		if (sb_relays_check(r, i, &err))
			sb_json_add_str(obj, "ended", err.msg);
	}
}

void sb_relays_close(struct sb_relays *r)
{
	for (size_t i = 0; r->each && i < r->plan->link_count; i++) {
		sb_close_p(&r->each[i].net_fd);
		sb_close_p(&r->each[i].said_fd);
	}
	free(r->each);
	r->each = NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * container_api.h - one container daemon, spoken to by its Engine API (Docker 20.10+, Podman 4.3+)
 *
 * `docker` and `sudo docker` can be two daemons with their own sockets, images and settings, so a
 * daemon is always named by its address, never by a program.  What it answers is not trusted: every
 * call has a time limit, every answer a size limit, and nonsense is an SB_EENGINE error that says
 * what was asked, of which daemon, and what came back.
 */
#ifndef SATBED_CONTAINER_API_H
#define SATBED_CONTAINER_API_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "satbed/base/err.h"

/**
 * struct sb_daemon_address - where a daemon listens
 * @url:	"unix:///run/docker.sock" or "tcp://host:port"
 * @tls:	https with verification; @cert_path holds ca.pem, cert.pem, key.pem
 * @origin:	for people: "DOCKER_HOST", "default socket of rootless Docker", "context NAME"
 */
struct sb_daemon_address {
	char url[256];
	bool tls;
	char cert_path[256];
	char origin[96];
};

/** struct sb_daemon_list - addresses worth trying, in order; @items the caller's to free() */
struct sb_daemon_list {
	size_t count;
	struct sb_daemon_address *items;
};

/**
 * sb_daemon_addresses() - where the daemon called @engine may listen on this machine
 * @engine:	"docker", "docker-rootless", "podman", "podman-rootless", "unix://...", "tcp://...";
 *		"all" for whatever may be found here, every docker context and ssh:// included
 *
 * From the environment (DOCKER_HOST with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, CONTAINER_HOST,
 * XDG_RUNTIME_DIR), from the current docker context, and from the usual places.  DOCKER_HOST counts
 * for docker and docker-rootless alike: which of both it is, the daemon tells.  Contacts nobody.
 *
 * Return: 0, or -1 with @err (SB_EINPUT): an unknown name, or ssh:// with the tunnel to use instead
 */
int sb_daemon_addresses(const char *engine, struct sb_daemon_list *out, struct sb_err *err);

struct sb_daemon;

/**
 * struct sb_daemon_info - what a daemon says of itself
 * @podman:	by its own word ("Podman Engine" in /version), whatever the socket is called
 * @api_version: negotiated, "1.41" to the newest this satbed knows
 * @info:	the whole answer to /info, for what only some callers need; borrowed
 * @libpod:	Podman's own /info (registries, network namespaces), NULL elsewhere; borrowed
 */
struct sb_daemon_info {
	const char *url, *origin;
	bool podman, rootless;
	char api_version[16], server_version[48], operating_system[128], architecture[32],
	    kernel[96], cgroup_version[8], cgroup_driver[32], storage_driver[32], root_dir[256];
	const cJSON *info, *libpod;
};

/**
 * sb_daemon_open() - connect, negotiate the API version, ask what it is
 *
 * Return: 0; -1 with @err: SB_EENV nobody listens or no right to (names the fix: the group, the
 * service to start), SB_EENGINE somebody listens who is no Engine API of 1.41 or newer
 */
int sb_daemon_open(const struct sb_daemon_address *address, struct sb_daemon **out,
		   struct sb_err *err);
void sb_daemon_close(struct sb_daemon *d);
const struct sb_daemon_info *sb_daemon_info(const struct sb_daemon *d);
/**
 * sb_daemon_owner() - the user whose process answers at the daemon's UNIX socket (SO_PEERCRED)
 *
 * Return: true; false when that is not known: over TCP, or when the path led to several users'
 */
bool sb_daemon_owner(const struct sb_daemon *d, uid_t *uid);
/**
 * sb_daemon_find() - the first daemon that is @engine by its own word
 * @engine:	as for sb_daemon_addresses(), or "auto": rootless Docker, Docker, rootless Podman,
 * Podman
 *
 * Return: 0; -1 with @err: why the likeliest place will not do
 */
int sb_daemon_find(const char *engine, struct sb_daemon **out, struct sb_err *err);
/** sb_daemon_engine() - which engine it is: "docker-rootless"; static */
const char *sb_daemon_engine(const struct sb_daemon_info *info);
/** sb_daemon_title() - the same for people: "rootless Docker"; static */
const char *sb_daemon_title(const struct sb_daemon_info *info);

/**
 * sb_daemon_again() - one more connection to the same daemon, for another thread; asks it nothing
 */
int sb_daemon_again(const struct sb_daemon *d, struct sb_daemon **out, struct sb_err *err);

/**
 * sb_daemon_call() - one request with a JSON answer
 * @method:	"GET", "POST", "DELETE"
 * @path:	without version prefix, query included: "/containers/json?all=1"; parts that are not
 *		constant have gone through sb_daemon_escape()
 * @body:	JSON, or NULL
 * @timeout_ms:	for the whole call
 * @out:	the caller's to delete; NULL = of no interest.  An empty answer gives NULL
 *
 * Paths that begin with "/libpod/" are Podman's own.  Not for two threads at once on one @d: see
 * sb_daemon_again().
 *
 * Return: the HTTP status when it is 200 to 399 or 404 or 409 (which callers decide upon; @err then
 * holds the daemon's message for 404 and 409), else -1 with @err
 */
int sb_daemon_call(struct sb_daemon *d, const char *method, const char *path, const cJSON *body,
		   int timeout_ms, cJSON **out, struct sb_err *err);
/** sb_daemon_escape() - percent-encoded for a path or query; the caller's to free */
char *sb_daemon_escape(const char *text);

/**
 * struct sb_tar_entry - one regular file or directory of an upload
 * @data:	borrowed; NULL for a directory
 */
struct sb_tar_entry {
	const char *path;
	unsigned int mode;
	const void *data;
	size_t len;
};

/** sb_daemon_upload() - put files into a container (running or not), below @directory, which exists
 */
int sb_daemon_upload(struct sb_daemon *d, const char *container, const char *directory,
		     const struct sb_tar_entry *entries, size_t count, struct sb_err *err);

/**
 * sb_daemon_download_fn - called for every regular file of a download
 * @name:	last part of its path in the archive, checked to be one plain component
 *
 * Return: a descriptor to write it to (borrowed), or -1 to leave it out
 */
typedef int sb_daemon_download_fn(const char *name, void *ctx);
/** sb_daemon_download() - a directory's files out of a container; nothing is created by name here
 */
int sb_daemon_download(struct sb_daemon *d, const char *container, const char *directory,
		       sb_daemon_download_fn *each, void *ctx, struct sb_err *err);

/** sb_daemon_progress_fn - @done and @total bytes (total 0 = not known), @what: "Downloading" ...
 */
typedef void sb_daemon_progress_fn(const char *what, uint64_t done, uint64_t total, void *ctx);

/**
 * sb_daemon_pull() - have the daemon pull an image, through its own mirrors
 *
 * A pull may take long; it ends with SB_EENGINE when nothing at all has been heard for 60 s, and
 * with SB_EINTERRUPTED after Ctrl-C (sb_interrupted()).
 *
 * Return: 0, or -1 with @err: what the daemon said, which mirrors this daemon has loaded, which
 * file gives it one and how to restart it
 */
int sb_daemon_pull(struct sb_daemon *d, const char *image, sb_daemon_progress_fn *progress,
		   void *ctx, struct sb_err *err);
/** sb_daemon_import() - a root file system's tar (plain or compressed) from @fd becomes @image */
int sb_daemon_import(struct sb_daemon *d, int fd, const char *image,
		     sb_daemon_progress_fn *progress, void *ctx, char **digest, struct sb_err *err);
/**
 * sb_daemon_make_image() - an image of @entries and nothing else, without environment or settings
 * @name:	repository with its host, without a tag: "localhost/satbed-5f0c91a2-emulator"
 * @labels:	object of strings, borrowed
 * @id:		out: "sha256:...", the caller's to free; the image is named by this alone, as a name may
 *		be given to another image
 */
int sb_daemon_make_image(struct sb_daemon *d, const char *name, const struct sb_tar_entry *entries,
			 size_t count, const cJSON *labels, char **id, struct sb_err *err);

struct sb_attachments;

/**
 * sb_attachments_open() - the attach streams of one testbed, pumped by a thread of its own
 *
 * The daemon frames standard output and error into one stream; the pump takes them apart, so that
 * the far end is as good as a socketpair.
 */
int sb_attachments_open(const struct sb_daemon *d, struct sb_attachments **out, struct sb_err *err);
/**
 * sb_attachments_add() - a container's standard input and output
 * @fd:		out: non-exclusive near end of the channel, the caller's to close; end of file when
 *		the container ends or the daemon goes away
 *
 * To be called between creation (AttachStdin, OpenStdin, StdinOnce, no Tty) and start.  What the
 * container writes to standard error is kept (its last 4 KiB): sb_attachments_stderr().
 */
int sb_attachments_add(struct sb_attachments *a, const char *container, int *fd,
		       struct sb_err *err);
/** sb_attachments_stderr() - what a container complained of last; the caller's to free */
char *sb_attachments_stderr(struct sb_attachments *a, const char *container);
/** sb_attachments_close() - all streams closed, the thread joined; NULL is allowed */
void sb_attachments_close(struct sb_attachments *a);

#endif

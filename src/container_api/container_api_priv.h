/* SPDX-License-Identifier: MIT */
/* container_api_priv.h - what the parts of this stage know of an open daemon */
#ifndef SATBED_CONTAINER_API_PRIV_H
#define SATBED_CONTAINER_API_PRIV_H

#include "http.h"
#include "satbed/container_api.h"

/* What satbed was tried with: Docker 20.10 (1.41) to 28 (1.47 and on, which still serves 1.47). */
#define SB_API_MIN "1.41"
#define SB_API_MAX "1.47"
/* Podman's own calls; every Podman since 4.0 serves this version. */
#define SB_LIBPOD_PREFIX "/v4.0.0"

/* Far beyond any list of containers or images. */
#define SB_JSON_BYTES_MAX ((size_t)32 << 20)

struct sb_daemon {
	struct sb_daemon_address address;
	struct sb_http *http;
	struct sb_daemon_info about;
	cJSON *info, *libpod;
};

/**
 * sb_daemon_path() - @path with the version prefix of this daemon; the caller's to free
 */
char *sb_daemon_path(const struct sb_daemon *d, const char *path);

/** sb_daemon_message() - what a daemon says in the body of a refusal, cleaned; the caller's */
char *sb_daemon_message(const char *body, size_t len);

/** sb_daemon_refused() - read why, and fail with it: SB_EENGINE; always -1 */
int sb_daemon_refused(const struct sb_daemon *d, const struct sb_http_request *r, int status,
		      struct sb_transfer *t, struct sb_err *err);

/** sb_daemon_probe() - can its socket be connected to?  -1 with what to do about it (SB_EENV) */
int sb_daemon_probe(const struct sb_daemon_address *address, struct sb_err *err);

/**
 * sb_daemon_other_mirrors() - appended to @err: mirrors that @path gives to the other Docker of
 * this machine, and that @d does not have
 *
 * `docker` and `sudo docker` are two engines: that alone explains many a pull that failed.
 */
void sb_daemon_other_mirrors(const struct sb_daemon *d, const char *path, struct sb_err *err);
/** sb_daemon_pull_advice() - appended to @err: mirrors loaded, the file for them, the restart */
void sb_daemon_pull_advice(const struct sb_daemon *d, const char *image, struct sb_err *err);

/**
 * struct sb_reference - an image's name taken apart
 * @name:	"ubuntu", "registry:5000/group/ubuntu"
 * @version:	"22.04" or "sha256:..." (which wins when both are given); "latest" by default
 */
struct sb_reference {
	char name[256];
	char version[160];
};
/** sb_reference_parse() - -1 with @err (SB_EINPUT) for what no registry would understand either */
int sb_reference_parse(const char *image, struct sb_reference *out, struct sb_err *err);
/** sb_reference_full() - as Docker resolves it: "ubuntu" is docker.io/library/ubuntu */
char *sb_reference_full(const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* http_handle.h - what a handle of http.h knows; private to http.c, http_wait.c and http_transfer.c */
#ifndef SATBED_CONTAINER_API_HTTP_HANDLE_H
#define SATBED_CONTAINER_API_HTTP_HANDLE_H

#include <limits.h>
#include <sys/un.h>

#include "http.h"

struct sb_http {
	CURLM *multi;
	char where[256]; /* for messages: the address as given */
	char base[280];
	char socket_path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int patience_ms; /* in place of what a request says; 0 = that */
	int fd;		 /* of the newest connection of a transfer */
	bool has_peer, mixed_peers;
	uid_t peer_uid;
	bool tls;
	char ca[PATH_MAX], cert[PATH_MAX], key[PATH_MAX];
};

/** sb_http_easy() - curl's handle for one request, directly to the daemon; NULL: out of memory */
CURL *sb_http_easy(const struct sb_http *h);

#endif

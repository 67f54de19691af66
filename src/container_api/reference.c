// SPDX-License-Identifier: MIT
/* reference.c - an image's name taken apart: [HOST[:PORT]/]PATH[:TAG][@DIGEST] */
#include <stdio.h>
#include <string.h>

#include "container_api_priv.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

/* The characters of github.com/distribution/reference; case and structure are the daemon's to
 * judge. */
static const char name_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "._-/:[]";
static const char tag_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				"._-";

static int no_name(const char *image, struct sb_err *err)
{
	sb_auto_free char *clean = sb_clean(image);

	return sb_fail(err, SB_EINPUT, 0,
		       "\"%.300s\" is not an image name; expected NAME[:TAG], as in ubuntu:22.04, "
		       "or NAME@sha256:...",
		       clean);
}

static bool only(const char *text, size_t len, const char *chars)
{
	return len && strspn(text, chars) >= len;
}

int sb_reference_parse(const char *image, struct sb_reference *out, struct sb_err *err)
{
	size_t len = strcspn(image, "@"), name_len = len;
	const char *digest = image[len] ? image + len + 1 : NULL;
	const char *tag = NULL;

	/* A colon before the last slash belongs to a port. */
	for (size_t i = len; i > 0 && image[i - 1] != '/'; i--)
		if (image[i - 1] == ':') {
			tag = image + i;
			name_len = i - 1;
			break;
		}
	if (name_len >= sizeof(out->name) || !only(image, name_len, name_chars) ||
	    image[0] == '/' || image[0] == '-' || image[name_len - 1] == '/' ||
	    image[name_len - 1] == ':')
		return no_name(image, err);
	if (tag && (!only(tag, (size_t)(image + len - tag), tag_chars) || image + len - tag > 128))
		return no_name(image, err);
	if (digest && (strlen(digest) >= sizeof(out->version) || !strchr(digest, ':') ||
		       !only(digest, strlen(digest), name_chars) || strchr(digest, '/')))
		return no_name(image, err);
	memcpy(out->name, image, name_len);
	out->name[name_len] = '\0';
	if (digest)
		strcpy(out->version, digest);
	else if (tag)
		snprintf(out->version, sizeof(out->version), "%.*s", (int)(image + len - tag), tag);
	else
		strcpy(out->version, "latest");
	return 0;
}

char *sb_reference_full(const char *name)
{
	size_t first = strcspn(name, "/");

	if (!name[first])
		return sb_asprintf("docker.io/library/%s", name);
	/* A host has a dot or a port, or is this one. */
	if (memchr(name, '.', first) || memchr(name, ':', first) ||
	    !strncmp(name, "localhost/", 10))
		return sb_strdup(name);
	return sb_asprintf("docker.io/%s", name);
}

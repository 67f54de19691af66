// SPDX-License-Identifier: MIT
/* interop.c - quic-4-sat of images: every server with every client, and the table of who can do what */
#include "interop.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

/* "registry/owner/quic-go-interop:latest" is "quic-go-interop": the table is wide enough. */
static void name_of(const char *image, char out[SB_SUITE_LABEL])
{
	const char *slash = strrchr(image, '/'), *from = slash ? slash + 1 : image;

	snprintf(out, SB_SUITE_LABEL, "%.*s", (int)strcspn(from, ":@"), from);
}

int sb_suite_images(const char *list, struct sb_suite_images *out, struct sb_err *err)
{
	*out = (struct sb_suite_images){.text = sb_strdup(list)};
	for (char *rest = out->text, *image; (image = strsep(&rest, ","));) {
		if (!image[0] || strlen(image) >= SB_IMAGE_MAX)
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "--interop: expected images, commas between: "
			    "--interop martenseemann/quic-go-interop,cloudflare/quiche-qns");
		if (out->count == SB_SUITE_IMAGES)
			return sb_fail(err, SB_EINPUT, 0, "--interop: more than %d images",
				       SB_SUITE_IMAGES);
		name_of(image, out->labels[out->count]);
		for (size_t i = 0; i < out->count; i++)
			if (!strcmp(out->labels[i], out->labels[out->count]))
				snprintf(out->labels[out->count], SB_SUITE_LABEL, "image%zu",
					 out->count + 1);
		out->images[out->count++] = image;
	}
	return 0;
}

void sb_suite_images_free(struct sb_suite_images *images)
{
	free(images->text);
	*images = (struct sb_suite_images){0};
}

char *sb_suite_interop_flow(const struct sb_suite_images *images, size_t server, size_t client,
			    const char *testcase, uint64_t bytes)
{
	return sb_asprintf("[flow.own]\nkind = interop\nserver_image = %s\nclient_image = %s\n"
			   "testcase = %s\nsizes = %lluB\nready = 10s\n",
			   images->images[server], images->images[client],
			   testcase ? testcase : "transfer", (unsigned long long)bytes);
}

/* A server a row, a client a column: seconds, or why there are none. */
static void print_board(FILE *to, const struct sb_suite_case *cases, const char *const *cells,
			size_t first, size_t count, const struct sb_suite_images *images)
{
	fprintf(to, "\n%s %s: seconds by server (rows) and client (columns)\n%-20s",
		cases[first].row, cases[first].column, "");
	for (size_t c = 0; c < images->count; c++)
		fprintf(to, " %16.16s", images->labels[c]);
	for (size_t s = 0; s < images->count; s++) {
		fprintf(to, "\n%-20.20s", images->labels[s]);
		for (size_t c = 0; c < images->count; c++) {
			size_t at = first + s * images->count + c;

			fprintf(to, " %16s", at < count && cells[at] ? cells[at] : "-");
		}
	}
	fputc('\n', to);
}

void sb_suite_boards(FILE *to, const struct sb_suite_case *cases, const char *const *cells,
		     size_t count, const struct sb_suite_images *images)
{
	size_t pairs = images->count * images->count;

	for (size_t first = 0; pairs > 1 && first < count; first += pairs)
		print_board(to, cases, cells, first, count, images);
}

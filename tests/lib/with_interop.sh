#!/bin/sh
# SPDX-License-Identifier: MIT
# with_interop.sh - run a command beside a Docker daemon of its own that has images of the QUIC Interop Runner's kind
#
#   tests/lib/with_interop.sh COMMAND...
#
# DOCKER_HOST names the daemon. Its images (interop_image.sh) are localhost/ngtcp2, and localhost/broken, whose client
# loses the end of each file and exits with 0. When the command has ended, nothing of the daemon is left. The exit
# status is the command's; 77 and a last line that says why where no daemon can be started. docs/transcripts.sh
# makes the outputs of docs/programs.md with it.
. tests/e2e/lib.sh
. tests/lib/daemons.sh
. tests/lib/interop_image.sh
daemons_need
need jq openssl ldd
daemon_start docker
interop_image docker ngtcp2
interop_image docker broken truncate
DOCKER_HOST=$(daemon_url docker)
export DOCKER_HOST
"$@" </dev/null

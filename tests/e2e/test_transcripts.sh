#!/bin/sh
# SPDX-License-Identifier: MIT
# test_transcripts.sh - the outputs in the documents are made by their commands; what cannot run here stays as it is
. tests/e2e/lib.sh

document() {
	cat <<END
before
<!-- transcript: echo new; printf 'with blanks  \r\n' -->
\`\`\`console
\$ shown to the reader
${1}
\`\`\`
<!-- transcript: echo "no daemon here"; exit 77 -->
\`\`\`console
\$ needs a daemon
old daemon
\`\`\`
between
<!-- transcript: echo "\$TRANSCRIPT_DIR" >"$work/place"; echo other -->
\`\`\`console
\$ another
${2}
\`\`\`
END
}

document old 'old
of two lines' >"$work/document.md"
expect_status 0 docs/transcripts.sh "$work/document.md"
document 'new
with blanks' other >"$work/wanted"
diff "$work/wanted" "$work/document.md" >&2 || fail "not the outputs of the commands"
expect_text "$work/err" "document.md:9: left as it is: no daemon here"
[ ! -e "$(cat "$work/place")" ] || fail "left behind: $(cat "$work/place")"

# Only some of the blocks.
document old old >"$work/document.md"
expect_status 0 docs/transcripts.sh --only TRANSCRIPT_DIR "$work/document.md"
document old other >"$work/wanted"
diff "$work/wanted" "$work/document.md" >&2 || fail "--only: not that block alone"

# A block without output is found.
expect_status 0 docs/transcripts.sh --check "$work/document.md"
sed '/^old daemon$/d' "$work/document.md" >"$work/empty.md"
expect_status 1 docs/transcripts.sh --check "$work/empty.md"
expect_text "$work/err" "no output yet; run: make transcripts"

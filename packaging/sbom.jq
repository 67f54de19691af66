# SPDX-License-Identifier: MIT
# sbom.jq - tables of packages to SPDX 2.3; called by sbom.sh

def rows($text): $text | split("\n") | map(select(length > 0) | split("\t"));
def id($name): "SPDXRef-" + ($name | gsub("[^A-Za-z0-9.-]"; "-"));

# A name of Debian's for a licence, as SPDX has it; one that it does not have is named after its package, for two packages may mean
# two texts by it.
def known: {
	"Expat": "MIT", "MIT": "MIT", "ISC": "ISC", "Zlib": "Zlib", "zlib": "Zlib", "curl": "curl", "X11": "X11", "Apache-2.0": "Apache-2.0",
	"BSD-2-clause": "BSD-2-Clause", "BSD-3-clause": "BSD-3-Clause", "BSD-4-clause": "BSD-4-Clause", "BSD-2-Clause": "BSD-2-Clause",
	"BSD-3-Clause": "BSD-3-Clause", "CC0-1.0": "CC0-1.0", "CC0": "CC0-1.0", "MPL-2.0": "MPL-2.0", "BSL-1.0": "BSL-1.0", "0BSD": "0BSD"};
def spdx($package):
	. as $name
	| if known[$name] then known[$name]
	  elif test("^L?GPL-[0-9](\\.[0-9])?(\\+|-only|-or-later)?$") then
		capture("^(?<kind>L?GPL)-(?<number>[0-9](\\.[0-9])?)(?<later>\\+|-only|-or-later)?$")
		| .kind + "-" + (if .number | test("\\.") then .number | sub("\\.0$"; "") + (if test("\\.") then "" else ".0" end) else .number + ".0" end)
			+ (if .later == "+" or .later == "-or-later" then "-or-later" else "-only" end)
	  else "LicenseRef-" + ($package + "-" + $name | sub("\\+$"; "-or-later") | gsub("[^A-Za-z0-9.-]+"; "-")) end;

# "A or B and C, and D" of the copyright format: "and" binds tighter than "or", a comma looser than both.  What has to hold of it:
def names: split(", and ") | map(split(" or ") | map(split(" and ")));
def terms($package):
	names[] | map(map(spdx($package)) | unique)
	| if length > 1 then "(" + (map(join(" AND ")) | unique | join(" OR ")) + ")" else .[0][] end;

rows($own) as $own
| rows($versions) as $versions
| rows($licences) as $licences
| rows($sources) as $sources
| ($links | split("\n") | map(select(length > 0) | split(" "))) as $links
| (reduce (rows($texts)[]) as $t ({}; .[$t[0] + "\t" + $t[1]] += [$t[2] // ""])) as $texts
| (reduce ($licences[]) as $l ({}; .[$l[0]] += [$l[1] | terms($l[0])])) as $declared
| {
	spdxVersion: "SPDX-2.3",
	dataLicense: "CC0-1.0",
	SPDXID: "SPDXRef-DOCUMENT",
	name: $name,
	# One for each content.
	documentNamespace: ("https://spdx.org/spdxdocs/" + $name + "-" + ($own | map(.[3][0:16]) | join("-"))),
	creationInfo: {created: $created, creators: ["Organization: The satbed authors", "Tool: packaging/sbom.sh"]},
	packages: (
		($own | map({
			SPDXID: id(.[0]), name: .[0], versionInfo: .[1], packageFileName: .[2], primaryPackagePurpose: "INSTALL",
			supplier: "Organization: The satbed authors",
			downloadLocation: "NOASSERTION", filesAnalyzed: false, copyrightText: "NOASSERTION",
			checksums: [{algorithm: "SHA256", checksumValue: .[3]}],
			licenseConcluded: "NOASSERTION",
			licenseDeclared: (if .[0] == "satbed-kernel" then "GPL-2.0-only" else "MIT" end)}))
		+ [{
			SPDXID: "SPDXRef-source", name: "satbed-source", versionInfo: ($name | sub("^satbed-"; "")), packageFileName: $tarball,
			primaryPackagePurpose: "SOURCE", supplier: "Organization: The satbed authors",
			downloadLocation: "NOASSERTION", filesAnalyzed: false, copyrightText: "NOASSERTION",
			checksums: [{algorithm: "SHA256", checksumValue: $sum}], licenseConcluded: "NOASSERTION", licenseDeclared: "MIT"}]
		+ ($versions | map(.[0] as $package | {
			SPDXID: id("debian-" + $package), name: $package, versionInfo: .[1], primaryPackagePurpose: "LIBRARY",
			supplier: "NOASSERTION", sourceInfo: ("built from the source package " + .[3] + " " + .[4]),
			downloadLocation: "NOASSERTION", filesAnalyzed: false, copyrightText: "NOASSERTION", licenseConcluded: "NOASSERTION",
			licenseDeclared: (($declared[$package] // ["NOASSERTION"]) | unique | join(" AND ")),
			licenseComments: ("/usr/share/doc/" + $package + "/copyright"
				+ (if $declared[$package] then "" else ", which is not in a form that a machine can read" end)),
			externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
				referenceLocator: ("pkg:deb/" + $distribution + "/" + ($package | @uri) + "@" + (.[1] | @uri) + "?arch=" + .[2])}]}))
		+ ($sources | map({
			SPDXID: id("source-" + .[1]), name: .[1], versionInfo: .[2], primaryPackagePurpose: "SOURCE", supplier: "NOASSERTION",
			downloadLocation: "NOASSERTION", filesAnalyzed: false, copyrightText: "NOASSERTION", licenseConcluded: "NOASSERTION",
			licenseDeclared: "GPL-2.0-only",
			externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
				referenceLocator: ("pkg:deb/" + $distribution + "/" + (.[1] | @uri) + "@" + (.[2] | @uri) + "?arch=source")}]}))),
	relationships: (
		($own | map({spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: id(.[0])}))
		+ [{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-source"}]
		+ ($own | map({spdxElementId: id(.[0]), relationshipType: "GENERATED_FROM", relatedSpdxElement: "SPDXRef-source"}))
		+ ($sources | map({spdxElementId: id(.[0]), relationshipType: "GENERATED_FROM", relatedSpdxElement: id("source-" + .[1])}))
		+ (($own | map(.[0])) as $ours | $links | map({
			spdxElementId: (.[0] as $from | if $ours | index([$from]) then id($from) else id("debian-" + $from) end),
			relationshipType: .[1], relatedSpdxElement: id("debian-" + .[2])}))),
	hasExtractedLicensingInfos: (
		[$licences[] | .[0] as $package | .[1] | names[][][]
			| {id: spdx($package), package: $package, name: .} | select(.id | startswith("LicenseRef-"))]
		| unique_by(.id)
		| map({licenseId: .id, name: .name,
			extractedText: (($texts[.package + "\t" + .name] // []) | join("\n") | if . == "" then "see the package\u0027s copyright file" else . end),
			comment: ("\"" + .name + "\" of /usr/share/doc/" + .package + "/copyright")}))
}

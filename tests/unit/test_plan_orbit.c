// SPDX-License-Identifier: MIT
/* test_plan_orbit.c - angles, SGP4, shells: against closed forms and published vectors; frozen
 * values */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "plan_make.h"
#include "plan/orbit/exact_trig.h"
#include "plan/orbit/sgp4.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"
#include "scenario/orbit_values.h"

#define MS SB_NS_PER_MS
#define S  SB_NS_PER_S

static void angles_are_those_of_libm_to_the_last_bits(void **state)
{
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 1, 0);
	for (int i = 0; i < 100000; i++) {
		double x = (sb_rng_unit(&rng) - 0.5) * (i % 2 ? 20 : 20000);
		double y = sb_rng_unit(&rng) - 0.5;

		assert_true(fabs(sb_exact_sin(x) - sin(x)) < 4e-16);
		assert_true(fabs(sb_exact_cos(x) - cos(x)) < 4e-16);
		assert_true(fabs(sb_exact_atan2(y, x) - atan2(y, x)) < 1e-15);
	}
	assert_true(sb_exact_sin(0) == 0 && sb_exact_cos(0) == 1 && sb_exact_atan2(0, 0) == 0);
	assert_true(fabs(sb_turn(-1) - (2 * SB_PI - 1)) < 1e-15);
}

/*
 * Of the verification set that Vallado et al. published with AIAA 2006-6753 (SGP4-VER.TLE and its
 * output), the near-earth orbits that are meant to find faults: an old one of high eccentricity,
 * drag, low perigees, retrograde and decaying ones.  Minutes and kilometres in TEME.
 */
static const struct {
	const char *one, *two;
	struct {
		double minutes, km[3];
	} at[3];
} published[] = {
    {"1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753",
     "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667",
     {{0.00000000, {7022.46529266, -1400.08296755, 0.03995155}},
      {2160.00000000, {190.19796988, 7746.96653614, 5110.00675412}},
      {4320.00000000, {-9060.47373569, 4658.70952502, 813.68673153}}}},
    {"1 06251U 62025E   06176.82412014  .00008885  00000-0  12808-3 0  3985",
     "2 06251  58.0579  54.0425 0030035 139.1568 221.1854 15.56387291  6774",
     {{0.00000000, {3988.31022699, 5498.96657235, 0.90055879}},
      {1440.00000000, {-2777.14682335, -5663.16031708, -2462.54889123}},
      {2880.00000000, {1159.27802897, 5056.60175495, 4353.49418579}}}},
    {"1 28057U 03049A   06177.78615833  .00000060  00000-0  35940-4 0  1836",
     "2 28057  98.4283 247.6961 0000884  88.1964 271.9322 14.35478080140550",
     {{0.00000000, {-2715.28237486, -6619.26436889, -0.01341443}},
      {1440.00000000, {688.16056594, 4124.87618964, 5794.55994449}},
      {2880.00000000, {1788.42334580, 1990.50530957, -6640.59337725}}}},
    {"1 22312U 93002D   06094.46235912  .99999999  81888-5  49949-3 0  3953",
     "2 22312  62.1486  77.4698 0308723 267.9229  88.7392 15.95744531 98783",
     {{0.00000000, {1442.10132912, 6510.23625449, 8.83145885}},
      {254.20286720, {3269.54341810, 3029.00081083, -4704.67969713}},
      {474.20286720, {-3181.54698042, -3831.29976506, 4096.80242787}}}},
    {"1 28350U 04020A   06167.21788666  .16154492  76267-5  18678-3 0  8894",
     "2 28350  64.9977 345.6130 0024870 260.7578  99.9590 16.47856722116490",
     {{0.00000000, {6333.08123128, -1580.82852326, 90.69355720}},
      {720.00000000, {-446.42460916, 2932.28872588, 5759.19389757}},
      {1440.00000000, {-4527.90871828, -723.29199041, -4527.44608319}}}},
    {"1 29141U 85108AA  06170.26783845  .99999999  00000-0  13519-0 0   718",
     "2 29141  82.4288 273.4882 0015848 277.2124  83.9133 15.93343074  6828",
     {{0.00000000, {423.99295524, -6658.12256149, 136.13040356}},
      {220.00000000, {-104.02490970, 6304.31821405, 1960.08739882}},
      {420.00000000, {-852.93910071, 192.65232023, -6322.47054784}}}},
    {"1 88888U          80275.98708465  .00073094  13844-3  66816-4 0    87",
     "2 88888  72.8435 115.9689 0086731  52.6988 110.5714 16.05824518  1058",
     {{0.00000000, {2328.96975262, -5995.22051338, 1719.97297192}},
      {720.00000000, {2567.56229695, -6112.50383922, 713.96374435}},
      {1440.00000000, {2742.55398832, -6079.67009123, -326.39012649}}}},
};

static struct sb_elements elements_of(const char *one, const char *two)
{
	sb_auto_free char *text = sb_asprintf("%s\n%s\n", one, two);
	struct sb_elements e;
	struct sb_tle tle = {0};
	struct sb_err err = {0};

	if (sb_tle_read("t.tle", text, strlen(text), &tle, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(tle.count, 1);
	e = tle.list[0];
	free(tle.list);
	return e;
}

static void sgp4_is_where_the_published_vectors_are(void **state)
{
	double worst = 0;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(published); i++) {
		struct sb_elements e = elements_of(published[i].one, published[i].two);
		struct sb_sgp4 s;
		struct sb_err err = {0};

		if (sb_sgp4_init(&s, &e, &err))
			fail_msg("%s", err.msg);
		for (size_t k = 0; k < 3; k++) {
			double km[3];

			assert_true(sb_sgp4_position(&s, published[i].at[k].minutes, km));
			for (int axis = 0; axis < 3; axis++) {
				double off = fabs(km[axis] - published[i].at[k].km[axis]);

				worst = off > worst ? off : worst;
				/* A centimetre: what other implementations differ by among
				 * themselves in orbits that decay. */
				if (off > 1e-5)
					fail_msg("%s at %g min: %.8f km, published %.8f", e.name,
						 published[i].at[k].minutes, km[axis],
						 published[i].at[k].km[axis]);
			}
		}
	}
	printf("sgp4: at most %.2g mm from the published vectors\n", worst * 1e6);
}

static void elements_are_checked(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"", "ends before the second line"},
	    {"1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n",
	     "ends before the second line"},
	    {"1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4754\n",
	     "t.tle:1: its checksum"},
	    {"1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n"
	     "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n",
	     "t.tle:2: is not the second line"},
	    {"just words\n", "ends before the second line"},
	};
	struct sb_elements e;
	struct sb_rng rng;

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_tle tle = {0};
		struct sb_err err = {0};

		assert_int_equal(
		    sb_tle_read("t.tle", cases[i].text, strlen(cases[i].text), &tle, &err), -1);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.msg, cases[i].says);
	}
	e = elements_of(published[0].one, published[0].two);
	assert_string_equal(e.name, "00005");
	/* Day 179.78495062 of 2000: 27 June, 18:50:19.733568. */
	assert_int_equal(e.epoch_ns, INT64_C(962131819733568000));
	/* One byte changed at a time: refused, or (the sum holding) something else, never more. */
	sb_rng_seed(&rng, 9, 0);
	for (int i = 0; i < 20000; i++) {
		sb_auto_free char *text =
		    sb_asprintf("%s\n%s\n", published[1].one, published[1].two);
		struct sb_tle tle = {0};
		struct sb_err err = {0};

		for (int n = 0; n < 2; n++)
			text[sb_rng_u64(&rng) % strlen(text)] = (char)sb_rng_u64(&rng);
		if (!sb_tle_read("t", text, strlen(text), &tle, &err))
			free(tle.list);
	}
}

/* As they are found: without checksums, with letters in the number, with values beside their
 * columns, in a bulletin, and one with a wrong sum among good ones. */
static void bad_and_foreign_sets_are_left_out(void **state)
{
	static const char text[] =
	    "NAMES AND WORDS\n"
	    "1 AAAAAU 00  0  0 BBBBB.BBBBBBBB  .CCCCCCCC  00000-0  00000-0 0 DDDZ\n"
	    "2 AAAAA EEE.EEEE FFF.FFFF GGGGGGG HHH.HHHH III.IIII JJ.JJJJJJJJKKKKKZ\n"
	    "KEY: A-CATALOGNUM\n"
	    "NO CHECKSUM\n"
	    "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  475\n"
	    "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.8241915741366\n"
	    "WRONG SUM\n"
	    "1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n"
	    "2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413660\n"
	    "1 T0005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753\n"
	    "2 T0005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667\n"
	    "BESIDE THE COLUMNS\n"
	    "1 00005U 58002AA 00179.78495062 .00000023 00000-0 28098-4 0 00475\n"
	    "2 00005 034.2682 348.7242 1859667 331.7664 019.3264 10.82419157413667\n"
	    "/EX\n";
	static const char *const names[] = {"NO CHECKSUM", "T0005", "BESIDE THE COLUMNS"};
	struct sb_elements e = elements_of(published[0].one, published[0].two);
	struct sb_tle tle = {0};
	struct sb_err err = {0};
	char why[200];

	(void)state;
	if (sb_tle_read("t.tle", text, strlen(text), &tle, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(tle.left_out, 2);
	assert_non_null(strstr(tle.why, "t.tle:3: "));
	assert_int_equal(tle.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(tle.list[i].name, names[i]);
		assert_int_equal(tle.list[i].epoch_ns, e.epoch_ns);
		assert_true(tle.list[i].bstar == e.bstar);
		assert_true(tle.list[i].motion_rad_min == e.motion_rad_min);
		assert_true(tle.list[i].anomaly_rad == e.anomaly_rad);
		assert_true(tle.list[i].eccentricity == e.eccentricity);
	}
	/* One old satellite among others is left out, and not when it is the only one. */
	tle.list[1].epoch_ns -= INT64_C(1000) * 86400 * S;
	assert_int_equal(sb_tle_leave_out_old(&tle, e.epoch_ns, why, sizeof(why)), 1);
	assert_non_null(strstr(why, "T0005 is 1000 days from [orbit] start"));
	assert_int_equal(tle.count, 2);
	assert_string_equal(tle.list[1].name, names[2]);
	tle.list[0] = tle.list[1];
	tle.count = 1;
	assert_int_equal(
	    sb_tle_leave_out_old(&tle, e.epoch_ns + INT64_C(1000) * 86400 * S, why, sizeof(why)),
	    0);
	free(tle.list);
}

/* The same satellite as CSV, JSON with numbers or with strings, and XML; one more that is bad. */
static void all_forms_of_messages_are_read(void **state)
{
	static const char *const texts[] = {
	    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,"
	    "ARG_OF_PERICENTER,MEAN_ANOMALY,EPHEMERIS_TYPE,NORAD_CAT_ID,BSTAR\r\n"
	    "VANGUARD,1958-002B,2000-06-27T18:50:19.733568,10.82419157,.1859667,34.2682,348.7242,"
	    "331.7664,19.3264,0,100005,.28098E-4\r\n"
	    "BAD,,2000-06-27T18:50:19,99,.1,34,348,331,19,0,6,0\r\n",
	    "\xef\xbb\xbf[{\"OBJECT_NAME\":\"VANGUARD\",\"EPOCH\":\"2000-06-27T18:50:19.733568\","
	    "\"MEAN_MOTION\":10.82419157,\"ECCENTRICITY\":0.1859667,\"INCLINATION\":34.2682,"
	    "\"RA_OF_ASC_NODE\":348.7242,\"ARG_OF_PERICENTER\":331.7664,\"MEAN_ANOMALY\":19.3264,"
	    "\"NORAD_CAT_ID\":100005,\"BSTAR\":2.8098e-5},{\"OBJECT_NAME\":\"BAD\"}]",
	    "[{\"OBJECT_NAME\":\"VANGUARD\",\"EPOCH\":\"2000-06-27T18:50:19.733568\","
	    "\"MEAN_MOTION\":\"10.82419157\",\"ECCENTRICITY\":\"0.1859667\",\"INCLINATION\":"
	    "\"34.2682\",\"RA_OF_ASC_NODE\":\"348.7242\",\"ARG_OF_PERICENTER\":\"331.7664\","
	    "\"MEAN_ANOMALY\":\"19.3264\",\"BSTAR\":\"0.000028098\"},7]",
	    "<?xml version=\"1.0\"?><ndm><omm><header/><body><segment><metadata><OBJECT_NAME>"
	    "VANGUARD</OBJECT_NAME></metadata><data><meanElements><EPOCH>"
	    "2000-06-27T18:50:19.733568</EPOCH><MEAN_MOTION>10.82419157</MEAN_MOTION>"
	    "<ECCENTRICITY>.1859667</ECCENTRICITY><INCLINATION>34.2682</INCLINATION>"
	    "<RA_OF_ASC_NODE>348.7242</RA_OF_ASC_NODE><ARG_OF_PERICENTER>331.7664"
	    "</ARG_OF_PERICENTER><MEAN_ANOMALY>19.3264</MEAN_ANOMALY></meanElements>"
	    "<tleParameters><BSTAR>.28098E-4</BSTAR></tleParameters></data></segment></body>"
	    "</omm><omm><body><segment><metadata><OBJECT_NAME>BAD</OBJECT_NAME></metadata>"
	    "</segment></body></omm></ndm>",
	};
	struct sb_elements e = elements_of(published[0].one, published[0].two);
	struct sb_err err = {0};
	struct sb_tle none = {0};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++) {
		struct sb_tle tle = {0};

		if (sb_tle_read("t.omm", texts[i], strlen(texts[i]), &tle, &err))
			fail_msg("%zu: %s", i, err.msg);
		assert_int_equal(tle.count, 1);
		assert_int_equal(tle.left_out, 1);
		assert_string_equal(tle.list[0].name, "VANGUARD");
		assert_int_equal(tle.list[0].epoch_ns, e.epoch_ns);
		assert_true(fabs(tle.list[0].bstar - e.bstar) < 1e-18);
		assert_true(tle.list[0].motion_rad_min == e.motion_rad_min);
		assert_true(tle.list[0].inclination_rad == e.inclination_rad);
		assert_true(tle.list[0].node_rad == e.node_rad);
		assert_true(tle.list[0].perigee_rad == e.perigee_rad);
		assert_true(tle.list[0].eccentricity == e.eccentricity);
		free(tle.list);
	}
	assert_int_equal(sb_tle_read("t", "[{\"a\":", 6, &none, &err), -1);
	assert_non_null(strstr(err.msg, "begins like JSON"));
	assert_int_equal(sb_tle_read("t", "<omm><a>", 8, &none, &err), -1);
	assert_non_null(strstr(err.msg, "begins like XML"));
}

static void values_are_read_as_they_are_written(void **state)
{
	struct sb_shell shell;
	struct sb_place place;
	struct sb_err err = {0};
	int64_t v;

	(void)state;
	assert_int_equal(sb_read_shell("starlink-shell-1", &shell, &err), 0);
	assert_true(shell.altitude_m == 550000 && shell.inclination_udeg == 53000000 &&
		    shell.planes == 72 && shell.per_plane == 22 && !shell.star);
	assert_int_equal(sb_read_shell("walker 780.5km 86.4deg 6x11 phasing 2 star", &shell, &err),
			 0);
	assert_true(shell.altitude_m == 780500 && shell.inclination_udeg == 86400000 &&
		    shell.planes == 6 && shell.per_plane == 11 && shell.phasing == 2 && shell.star);
	assert_int_equal(sb_read_shell("starlink-shell-9", &shell, &err), -1);
	assert_non_null(strstr(err.msg, "did you mean"));
	assert_int_equal(sb_read_shell("walker 550 53deg 6x11 phasing 2", &shell, &err), -1);
	assert_int_equal(sb_read_shell("walker 550km 53deg 6x11 phasing 6", &shell, &err), -1);
	assert_int_equal(sb_read_shell("walker 550km 53deg 999x999 phasing 6", &shell, &err), -1);
	assert_int_equal(sb_read_place("52.28N 8.05W", &place, &err), 0);
	assert_true(place.latitude_udeg == 52280000 && place.longitude_udeg == -8050000);
	assert_int_equal(sb_read_place("52.28 8.05", &place, &err), -1);
	assert_int_equal(sb_read_place("91N 8E", &place, &err), -1);
	assert_int_equal(sb_read_utc("2000-01-01T12:00:00Z", &v, &err), 0);
	assert_int_equal(v, INT64_C(946728000000000000));
	assert_int_equal(sb_read_utc("2024-02-29T23:59:59Z", &v, &err), 0);
	assert_int_equal(v, INT64_C(1709251199000000000));
	assert_int_equal(sb_read_utc("2023-02-29T00:00:00Z", &v, &err), -1);
	assert_int_equal(sb_read_utc("2023-02-28 00:00:00", &v, &err), -1);
}

/* --- with a scenario --- */

#define OSNABRUECK                                                   \
	"[scenario]\nduration = 60s\n[link]\ndelay = 5ms\n[orbit]\n" \
	"shell = starlink-shell-1\nterminal = 52.28N 8.05E\ngateway = 50.1N 8.7E\n"

/*
 * Geometry's bounds: at an elevation e the way to a circular orbit of radius r from the surface R
 * is sqrt(r^2 - R^2 cos^2 e) - R sin e; at 25 degrees and 550 km 1123 km, at the zenith 550.  Both
 * legs lie between, with 15 km of slack for the ellipsoid: 3.6 to 7.6 ms of light.
 */
static void delays_are_those_of_slant_ranges(void **state)
{
	struct sb_plan *p = make_plan(OSNABRUECK);
	int64_t last = p->links[0].dir[SB_UP].initial.delay_ns, last_at = 0;
	size_t orbit = 0;

	(void)state;
	assert_true(p->pass_count >= 1);
	for (size_t i = 0; i < p->step_count; i++) {
		const struct sb_step *s = &p->steps[i];
		bool handover = false;

		if (s->dir != SB_UP)
			continue;
		assert_int_equal(s->cause, SB_CAUSE_ORBIT);
		orbit++;
		if (s->state.outage)
			continue;
		assert_true(s->state.delay_ns - 5 * MS > 3600000 &&
			    s->state.delay_ns - 5 * MS < 7600000);
		for (size_t k = 1; k < p->pass_count; k++)
			handover |= p->passes[k].at_ns == s->at_ns;
		/* Two legs, each at most at the orbit's 7.6 km/s: 51 us of light a second. */
		if (!handover)
			assert_true(llabs(s->state.delay_ns - last) <=
				    (s->at_ns - last_at) / 19000);
		last = s->state.delay_ns;
		last_at = s->at_ns;
	}
	assert_true(orbit > 500);
	sb_plan_free(p);
}

/* The run starts at midnight: :12, :27, :42, :57. */
static void satellites_change_on_the_grid_only(void **state)
{
	struct sb_plan *p = make_plan(OSNABRUECK "outage = 100ms\n");
	size_t handovers = 0;

	(void)state;
	assert_int_equal(p->passes[0].at_ns, 0);
	for (size_t i = 1; i < p->pass_count; i++) {
		int64_t at = p->passes[i].at_ns;

		assert_int_equal((at - 12 * S) % (15 * S), 0);
		assert_string_not_equal(p->passes[i].satellite, p->passes[i - 1].satellite);
		if (!p->passes[i].satellite[0] || !p->passes[i - 1].satellite[0])
			continue;
		handovers++;
		assert_true(sb_plan_state_at(p, 0, SB_DOWN, at)->outage);
		assert_true(sb_plan_state_at(p, 0, SB_DOWN, at + 100 * MS - 1)->outage);
		assert_false(sb_plan_state_at(p, 0, SB_DOWN, at + 100 * MS)->outage);
	}
	assert_true(handovers > 0);
	sb_plan_free(p);
}

/* One satellite over the equator seen from below and from the pole. */
static void refuse_plan(const char *text, const char *says)
{
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	if (sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(sb_plan_make(sc, &plan, &err), -1);
	assert_non_null(strstr(err.msg, says));
	sb_scenario_free(sc);
}

static void who_never_sees_a_satellite_has_no_link(void **state)
{
	(void)state;
	refuse_plan(
	    "[orbit]\nshell = walker 550km 0deg 1x1 phasing 0\nterminal = 89N 0E\n"
	    "gateway = 89N 0E\n",
	    "t.ini:1: [orbit]: no satellite is in sight of terminal and gateway at any time");
}

/* A satellite that comes later: until then nothing arrives, and the delay is already its first. */
static void who_sees_none_yet_has_an_outage(void **state)
{
	/* One satellite, above the meridian of its node when the run begins; it is 600 km ahead of
	 * the place after 80 s. */
	struct sb_plan *p = NULL;
	const struct sb_link_state *s;
	bool seen = false;

	(void)state;
	for (int east = 0; east < 360 && !p; east += 10) {
		sb_auto_free char *text = sb_asprintf(
		    "[scenario]\nduration = 20min\n[orbit]\nshell = walker 550km 0deg 1x1 phasing "
		    "0\nterminal = 0N %d%c\ngateway = 0N %d%c\nmin_elevation = 40deg\n",
		    east <= 180 ? east : 360 - east, east <= 180 ? 'E' : 'W',
		    east <= 180 ? east : 360 - east, east <= 180 ? 'E' : 'W');
		struct sb_scenario *sc = NULL;
		struct sb_err err = {0};

		if (sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err))
			fail_msg("%s", err.msg);
		if (!sb_plan_make(sc, &p, &err) && !p->links[0].dir[SB_UP].initial.outage) {
			sb_plan_free(p);
			p = NULL;
		}
		sb_scenario_free(sc);
	}
	assert_non_null(p);
	/* The smallest way there and back at 40 degrees or more: 3.6 ms. */
	assert_true(p->links[0].dir[SB_UP].initial.delay_ns >= 3669000);
	for (size_t i = 0; i < p->step_count; i++) {
		s = &p->steps[i].state;
		assert_true(s->delay_ns >= 3669000);
		seen |= !s->outage;
	}
	assert_true(seen);
	sb_plan_free(p);
}

/* Straight up and down again, at the equator: 2 * 550 km, whatever the sidereal time, for one
 * satellite of a thousand. */
static void a_satellite_overhead_is_its_altitude_away(void **state)
{
	struct sb_plan *p = make_plan(
	    "[scenario]\nduration = 20min\n[orbit]\nshell = walker 550km 0deg 1x999 phasing 0\n"
	    "terminal = 0N 0E\ngateway = 0N 0E\nmin_elevation = 80deg\n");
	int64_t least = INT64_MAX;

	(void)state;
	for (size_t i = 0; i < p->step_count; i++)
		if (!p->steps[i].state.outage && p->steps[i].state.delay_ns < least)
			least = p->steps[i].state.delay_ns;
	/* 1100 km of light are 3669205 ns; steps of 100 ms miss the zenith by 0.4 km: 0.1 m of way.
	 */
	assert_in_range(least, 3669205 - 2, 3669205 + 2000);
	sb_plan_free(p);
}

/* Any compiler, any optimisation: the same bytes.  The value changes only with the model. */
static void orbits_are_frozen(void **state)
{
	struct sb_plan *p = make_plan(OSNABRUECK "outage = lognormal p50 93ms p90 192ms\n");

	(void)state;
	assert_int_equal(p->links[0].dir[SB_UP].initial.delay_ns, 9136015);
	assert_string_equal(p->passes[0].satellite, "plane 4 satellite 5");
	assert_true(sb_plan_timeline_hash(p) == UINT64_C(0x816b1f895166e841));
	sb_plan_free(p);
}

static void a_plan_keeps_its_passes(void **state)
{
	struct sb_plan *p = make_plan(OSNABRUECK), *back = NULL;
	cJSON *json = sb_plan_to_json(p);
	struct sb_err err = {0};

	(void)state;
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(back->pass_count, p->pass_count);
	for (size_t i = 0; i < p->pass_count; i++) {
		assert_int_equal(back->passes[i].at_ns, p->passes[i].at_ns);
		assert_string_equal(back->passes[i].satellite, p->passes[i].satellite);
	}
	cJSON_Delete(json);
	sb_plan_free(back);
	sb_plan_free(p);
}

static void elements_from_a_file_are_used_near_their_epoch_only(void **state)
{
	static const char scenario[] = "[orbit]\ntle = t.tle\nstart = %s\nterminal = 0N 0E\n"
				       "gateway = 0N 0E\nmin_elevation = 0deg\n";
	static const struct {
		const char *start;
		bool good;
	} cases[] = {{"2006-06-26T00:00:00Z", true}, {"2006-12-26T00:00:00Z", false}};
	char dir[] = "/tmp/satbed-tle-XXXXXX", ini[64], tle[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(ini, sizeof(ini), "%s/t.ini", dir);
	snprintf(tle, sizeof(tle), "%s/t.tle", dir);
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_auto_free char *text = sb_asprintf(scenario, cases[i].start);
		/* The second has its perigee below the ground: it is left out, the file is not. */
		sb_auto_free char *two = sb_asprintf(
		    "DELTA 1 DEB\n%s\n%s\nNO ORBIT\n"
		    "1 00005U 58002B   06176.82412014  .00000023  00000-0  28098-4 0  475\n"
		    "2 00005  34.2682 348.7242 9859667 331.7664  19.3264 10.8241915741366\n",
		    published[1].one, published[1].two);
		struct sb_scenario *sc = NULL;
		struct sb_plan *plan = NULL;
		struct sb_err err = {0};

		assert_int_equal(sb_replace_file(ini, text, strlen(text), &err), 0);
		assert_int_equal(sb_replace_file(tle, two, strlen(two), &err), 0);
		if (sb_scenario_load(ini, NULL, 0, &sc, &err))
			fail_msg("%s", err.msg);
		/* It is on the other side of the earth. */
		assert_int_equal(sb_plan_make(sc, &plan, &err), -1);
		assert_non_null(strstr(err.msg, cases[i].good
						    ? "no satellite is in sight"
						    : "the elements of DELTA 1 DEB are 183 days"));
		sb_plan_free(plan);
		sb_scenario_free(sc);
	}
	unlink(ini);
	unlink(tle);
	rmdir(dir);
}

static void what_an_orbit_lacks_is_said(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"[orbit]\nshell = oneweb\n", "t.ini:1: [orbit] has no terminal"},
	    {"[orbit]\nterminal = 0N 0E\ngateway = 0N 0E\n", "[orbit] has no satellites"},
	    {"[scenario]\nduration = 24h\n[orbit]\nterminal = 0N 0E\ngateway = 0N 0E\n"
	     "shell = oneweb\n",
	     "the maximum is 250000"},
	    {"[orbit]\nterminal = 0N 0E\ngateway = 0N 0E\nshell = oneweb\noutage = 3old+3new\n",
	     "t.ini:5: outage: for [orbit]"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_scenario *sc = NULL;
		struct sb_plan *plan = NULL;
		struct sb_err err = {0};

		if (!sb_scenario_parse("t.ini", cases[i].text, strlen(cases[i].text), NULL, 0, &sc,
				       &err))
			assert_int_equal(sb_plan_make(sc, &plan, &err), -1);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.msg, cases[i].says);
		sb_scenario_free(sc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(angles_are_those_of_libm_to_the_last_bits),
	    cmocka_unit_test(sgp4_is_where_the_published_vectors_are),
	    cmocka_unit_test(elements_are_checked),
	    cmocka_unit_test(values_are_read_as_they_are_written),
	    cmocka_unit_test(delays_are_those_of_slant_ranges),
	    cmocka_unit_test(satellites_change_on_the_grid_only),
	    cmocka_unit_test(who_never_sees_a_satellite_has_no_link),
	    cmocka_unit_test(who_sees_none_yet_has_an_outage),
	    cmocka_unit_test(bad_and_foreign_sets_are_left_out),
	    cmocka_unit_test(all_forms_of_messages_are_read),
	    cmocka_unit_test(a_satellite_overhead_is_its_altitude_away),
	    cmocka_unit_test(orbits_are_frozen),
	    cmocka_unit_test(a_plan_keeps_its_passes),
	    cmocka_unit_test(elements_from_a_file_are_used_near_their_epoch_only),
	    cmocka_unit_test(what_an_orbit_lacks_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: MIT
/* test_node_request.c - requests: every accepted form, every rejected one, and what is said of it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "node/request.h"

static int parse(const char *text, struct sb_request *req, struct sb_err *err)
{
	char line[4096];

	memset(err, 0, sizeof(*err));
	snprintf(line, sizeof(line), "%s", text);
	for (char *c = line; *c; c++)
		if (*c == '\'')
			*c = '"';
	return sb_request_parse(line, strlen(line), req, err);
}

static void test_setup(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(
	    parse("{'op':'setup','node':'client1','interfaces':['eth0','eth1']}", &req, &err), 0);
	assert_int_equal(req.op, SB_OP_SETUP);
	assert_string_equal(req.node, "client1");
	assert_int_equal(req.interface_count, 2);
	assert_string_equal(req.interfaces[1], "eth1");
	sb_request_fini(&req);
}

static void test_bulk_flow(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(parse("{'op':'prepare','sample_ns':1e8,'flows':[{'id':4,'role':'client',"
			       "'kind':'bulk','dir':'down','streams':3,'cc':'cubic',"
			       "'address':'fd00::1','port':5201,'start_ns':0,"
			       "'duration_ns':1.5e+10,'rate_bps':0,'packet_bytes':0}]}",
			       &req, &err),
			 0);
	assert_int_equal(req.op, SB_OP_PREPARE);
	assert_int_equal(req.sample_ns, 100000000);
	assert_int_equal(req.flow_count, 1);
	assert_int_equal(req.flows[0].id, 4);
	assert_true(req.flows[0].is_client);
	assert_true(req.flows[0].is_down);
	assert_false(req.flows[0].is_stream);
	assert_false(sb_flow_sends(&req.flows[0]));
	assert_int_equal(req.flows[0].streams, 3);
	assert_string_equal(req.flows[0].cc, "cubic");
	assert_int_equal(req.flows[0].server.sa.ss_family, AF_INET6);
	assert_int_equal(req.flows[0].server.port, 5201);
	assert_int_equal(req.flows[0].duration_ns, INT64_C(15000000000));
	sb_request_fini(&req);
}

static void test_stream_flow(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(parse("{'op':'prepare','sample_ns':100000000,'flows':[{'id':0,"
			       "'role':'server','kind':'stream','dir':'down','address':'192.0.2.1',"
			       "'port':9,'start_ns':5,'duration_ns':7,'rate_bps':8000000,"
			       "'packet_bytes':24}]}",
			       &req, &err),
			 0);
	assert_true(req.flows[0].is_stream);
	assert_true(sb_flow_sends(&req.flows[0]));
	assert_int_equal(req.flows[0].rate_bps, 8000000);
	assert_int_equal(req.flows[0].packet_bytes, 24);
	assert_int_equal(req.flows[0].server.sa.ss_family, AF_INET);
	assert_int_equal(ntohs(((struct sockaddr_in *)&req.flows[0].server.sa)->sin_port), 9);
	sb_request_fini(&req);
}

static void test_the_rest(void **state)
{
	struct sb_request req;
	struct sb_err err;

	(void)state;
	assert_int_equal(parse("{'op':'train','id':8,'address':'::1','packets':64,'bytes':1472,"
			       "'at_ns':123456789012345}",
			       &req, &err),
			 0);
	assert_int_equal(req.train.id, 8);
	assert_int_equal(req.train.packets, 64);
	assert_int_equal(req.train.bytes, 1472);
	assert_int_equal(req.train.at_ns, INT64_C(123456789012345));
	assert_int_equal(req.train.to.port, 9);
	/* Above 2^53: an integer is exact. */
	assert_int_equal(parse("{'op':'start','t0_ns':9007199254740993}", &req, &err), 0);
	assert_int_equal(req.t0_ns, INT64_C(9007199254740993));
	assert_int_equal(parse("{'op':'stop'}", &req, &err), 0);
	assert_int_equal(req.op, SB_OP_STOP);
	assert_int_equal(parse("{'op':'quit','more':1}", &req, &err), 0);
	assert_int_equal(req.op, SB_OP_QUIT);
}

#define PREPARE(flow) "{'op':'prepare','sample_ns':100000000,'flows':[" flow "]}"
#define FLOW(rest)                                                                           \
	"{'id':0,'role':'client','address':'192.0.2.1','port':1,'start_ns':0,'duration_ns':" \
	"1," rest "}"

static void test_rejected_with_the_field_named(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
	    {"", "not a JSON object"},
	    {"7", "not a JSON object"},
	    {"{'op':'stop'} x", "not a JSON object"},
	    {"{'op':'stop','op':'quit'}", "not a JSON object"},
	    {"{}", "\"op\" is missing"},
	    {"{'op':null}", "\"op\" is not a string"},
	    {"{'op':'stopstopstopstopstop'}", "\"op\" is longer"},
	    {"{'op':'jump'}", "no \"op\" \"jump\""},
	    {"{'op':'setup','interfaces':[]}", "\"node\" is missing"},
	    {"{'op':'setup','node':'a b','interfaces':[]}", "\"node\" has characters"},
	    {"{'op':'setup','node':'n','interfaces':'eth0'}", "\"interfaces\" is not a list"},
	    {"{'op':'setup','node':'n','interfaces':[3]}", "\"interfaces\" is not a string"},
	    {"{'op':'setup','node':'n','interfaces':['']}", "empty name"},
	    {"{'op':'setup','node':'n','interfaces':['abcdefghijklmnop']}", "longer than 15"},
	    {"{'op':'start','t0_ns':1.5}", "\"t0_ns\" is not an integer"},
	    {"{'op':'start','t0_ns':1e300}", "\"t0_ns\" is not an integer"},
	    {"{'op':'start','t0_ns':-1}", "\"t0_ns\" is -1, not within"},
	    {"{'op':'start','t0_ns':true}", "\"t0_ns\" is not an integer"},
	    {"{'op':'prepare','flows':[]}", "\"sample_ns\" is missing"},
	    {"{'op':'prepare','sample_ns':1000,'flows':[]}", "\"sample_ns\" is 1000"},
	    {"{'op':'prepare','sample_ns':100000000,'flows':{}}", "\"flows\" is not a list"},
	    {PREPARE("1"), "flows[0]: not an object"},
	    {PREPARE("{}"), "flows[0]: \"id\" is missing"},
	    {PREPARE("{'id':0,'role':'relay'}"), "neither \"server\" nor \"client\""},
	    {PREPARE(FLOW("'kind':'file','dir':'up'")), "neither \"bulk\" nor \"stream\""},
	    {PREPARE(FLOW("'kind':'bulk','dir':'both'")), "neither \"up\" nor \"down\""},
	    {PREPARE(FLOW("'kind':'bulk','dir':'up','streams':0")), "\"streams\" is 0"},
	    {PREPARE(FLOW("'kind':'bulk','dir':'up','streams':2000")), "\"streams\" is 2000"},
	    {PREPARE(FLOW("'kind':'bulk','dir':'up','cc':'abcdefghijklmnop'")), "\"cc\" is longer"},
	    {PREPARE(FLOW("'kind':'stream','dir':'up','rate_bps':1")),
	     "\"packet_bytes\" is missing"},
	    {PREPARE(FLOW("'kind':'stream','dir':'up','rate_bps':0,'packet_bytes':99")),
	     "\"rate_bps\" is 0"},
	    {PREPARE(FLOW("'kind':'stream','dir':'up','rate_bps':9,'packet_bytes':23")),
	     "\"packet_bytes\" is 23"},
	    {PREPARE("{'id':0,'role':'client','kind':'bulk','dir':'up','port':0}"),
	     "\"port\" is 0"},
	    {PREPARE("{'id':0,'role':'client','kind':'bulk','dir':'up','port':1,"
		     "'address':'localhost'}"),
	     "neither an IPv4 nor an IPv6 address"},
	    {PREPARE(FLOW("'kind':'bulk','dir':'up'") "," FLOW("'kind':'bulk','dir':'up'")),
	     "flows[1]: \"id\" 0 again"},
	    {"{'op':'train','id':1,'packets':0,'bytes':1,'at_ns':0,'address':'::1'}",
	     "\"packets\" is 0"},
	    {"{'op':'train','id':1,'packets':1,'bytes':65508,'at_ns':0,'address':'::1'}",
	     "\"bytes\" is 65508"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sb_request req = {.op = SB_OP_QUIT, .t0_ns = 77};
		struct sb_err err;

		assert_int_equal(parse(cases[i].line, &req, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s\n\"%s\" does not say \"%s\"", cases[i].line, err.msg,
				 cases[i].says);
		assert_int_equal(req.t0_ns, 77);
		assert_null(req.flows);
	}
}

static void test_deep_nesting_is_no_danger(void **state)
{
	static char line[1 << 20];
	struct sb_request req;
	struct sb_err err = {0};

	(void)state;
	memset(line, '[', sizeof(line));
	assert_int_equal(sb_request_parse(line, sizeof(line), &req, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_setup),
	    cmocka_unit_test(test_bulk_flow),
	    cmocka_unit_test(test_stream_flow),
	    cmocka_unit_test(test_the_rest),
	    cmocka_unit_test(test_rejected_with_the_field_named),
	    cmocka_unit_test(test_deep_nesting_is_no_danger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// RUN: agentc opt %s --pipeline decompose,partition{fleet=%S/fleet.yaml} | filecheck %s
// RUN: agentc opt %s --pipeline decompose,partition,partition --fleet %S/fleet.yaml | filecheck %s
// RUN: not agentc opt %s --pipeline partition | filecheck %s --check-prefix=NONE
// RUN: not agentc opt %s --pipeline partition{fleet=%S/fleet.yaml,objective=speed} | filecheck %s --check-prefix=WHAT

// NONE: error: partition needs a fleet
// WHAT: error: unknown objective 'speed'

// CHECK-LABEL: func.func @answer
// CHECK-DAG: "place.tier"() {name = "fast"
// CHECK-DAG: "place.tier"() {name = "cheap"
// CHECK-DAG: "place.pool"() {{.*}}role = "prefill", tier = "fast"
// CHECK-DAG: "place.pool"() {{.*}}role = "decode", tier = "cheap"
// CHECK: %[[KV:.*]] = "llm.prefill"(%arg0) {{.*}}id = "call_0.prefill"{{.*}}place.tier = "fast"
// CHECK-NEXT: %[[MOVED:.*]] = "place.transfer"(%[[KV]]) {{.*}}from = "call_0.prefill"{{.*}} : (!llm.kv) -> !llm.kv
// CHECK-NEXT: "llm.decode"(%[[MOVED]]) {{.*}}id = "call_0.decode"{{.*}}place.tier = "cheap"
func.func @answer(%q: !agent.text) -> !agent.text attributes {agent.slo = {e2e_ms_p95 = 150}} {
  %0 = "llm.call"(%q) {model = "llama-3.1-8b", input_tokens = 1000, output_tokens = 500} : (!agent.text) -> !agent.text
  return %0 : !agent.text
}

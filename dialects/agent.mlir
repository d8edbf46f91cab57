// The agent dialect: plain computation, tests, observations, and the values that move between operators.
// One IRDL variable binds once in an op, so each operand group has one type; agent.cast brings mixed
// operands to one. Only required attributes can be stated here; agent.py states the optional ones.
irdl.dialect @agent {
  irdl.type @text
  irdl.type @json
  irdl.type @docs
  irdl.type @embedding
  irdl.type @audio
  irdl.type @image

  irdl.operation @compute {
    %string = irdl.base "#builtin.string"
    %operand = irdl.any
    %result = irdl.any
    irdl.attributes { "fn" = %string }
    irdl.operands(inputs: variadic %operand)
    irdl.results(outputs: variadic %result)
  }

  irdl.operation @test {
    %string = irdl.base "#builtin.string"
    %operand = irdl.any
    %i1 = irdl.is i1
    irdl.attributes { "fn" = %string }
    irdl.operands(inputs: variadic %operand)
    irdl.results(holds: %i1)
  }

  irdl.operation @observe {
    %string = irdl.base "#builtin.string"
    %operand = irdl.any
    irdl.attributes { "store" = %string }
    irdl.operands(inputs: variadic %operand)
  }

  // Free and transparent: renders or wraps a value, moves nothing.
  irdl.operation @cast {
    %operand = irdl.any
    %result = irdl.any
    irdl.operands(input: %operand)
    irdl.results(output: %result)
  }

  // A JSON list to the items of a map, and back.
  irdl.operation @scatter {
    %json = irdl.base @agent::@json
    %items = irdl.base "!builtin.tensor"
    irdl.operands(list: %json)
    irdl.results(items: %items)
  }

  irdl.operation @gather {
    %items = irdl.base "!builtin.tensor"
    %json = irdl.base @agent::@json
    irdl.operands(items: %items)
    irdl.results(list: %json)
  }
}

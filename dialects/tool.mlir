// The tool dialect: calls out of the agent. tool.invoke decomposes into tool.lookup, which resolves the tool
// and checks its arguments, and tool.compute, which runs it.
irdl.dialect @tool {
  irdl.operation @invoke {
    %tool = irdl.base "#builtin.string"
    %operand = irdl.any
    %result = irdl.any
    irdl.attributes { "tool" = %tool }
    irdl.operands(inputs: variadic %operand)
    irdl.results(outputs: variadic %result)
  }

  irdl.operation @lookup {
    %tool = irdl.base "#builtin.string"
    %operand = irdl.any
    %request = irdl.any
    irdl.attributes { "tool" = %tool }
    irdl.operands(inputs: variadic %operand)
    irdl.results(request: %request)
  }

  irdl.operation @compute {
    %tool = irdl.base "#builtin.string"
    %operand = irdl.any
    %result = irdl.any
    irdl.attributes { "tool" = %tool }
    irdl.operands(inputs: variadic %operand)
    irdl.results(outputs: variadic %result)
  }
}

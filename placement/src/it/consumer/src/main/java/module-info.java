/** A project that uses AdapterTwin as automatic modules. */
module consumer {
  requires io.github.adaptertwin.core;
  requires io.github.adaptertwin.gpu;
  requires io.github.adaptertwin.placement;
  requires io.github.adaptertwin.workload;
}

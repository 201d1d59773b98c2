"""proto_package: the .proto files of one folder as two C++ libraries, messages and gRPC.

They are two so that the domain's cores, which speak messages, link no gRPC.
"""

def proto_package(name, srcs, services = [], deps = [], visibility = None):
    """Makes :NAME (messages) and, when there are services, :NAME_grpc (stubs) and :NAME_descriptor.

    Args:
      name: the messages' cc_library.
      srcs: every .proto of the folder.
      services: those of them that declare a service.
      deps: other proto_packages whose messages these use.
      visibility: as everywhere.
    """
    stems = [s[:-len(".proto")] for s in srcs]
    native.filegroup(name = name + "_protos", srcs = srcs, visibility = visibility)
    protos = ["//proto:all_protos"]
    native.genrule(
        name = name + "_gen",
        srcs = srcs + protos,
        outs = [s + ".pb.h" for s in stems] + [s + ".pb.cc" for s in stems],
        cmd = "protoc -Iproto --cpp_out=$(GENDIR)/proto " + " ".join(["$(location %s)" % s for s in srcs]),
    )
    native.cc_library(
        name = name,
        srcs = [s + ".pb.cc" for s in stems],
        hdrs = [s + ".pb.h" for s in stems],
        copts = ["-w"],
        includes = [_root()],
        visibility = visibility,
        deps = deps + ["//third_party:protobuf"],
    )
    if services:
        service_stems = [s[:-len(".proto")] for s in services]
        native.genrule(
            name = name + "_grpc_gen",
            srcs = srcs + protos,
            outs = [s + ".grpc.pb.h" for s in service_stems] + [s + ".grpc.pb.cc" for s in service_stems],
            cmd = "protoc -Iproto --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin --grpc_out=$(GENDIR)/proto " +
                  " ".join(["$(location %s)" % s for s in services]),
        )
        native.cc_library(
            name = name + "_grpc",
            srcs = [s + ".grpc.pb.cc" for s in service_stems],
            hdrs = [s + ".grpc.pb.h" for s in service_stems],
            copts = ["-w"],
            includes = [_root()],
            visibility = visibility,
            deps = [":" + name, "//third_party:grpc"],
        )

def _root():
    """The include path back to //proto, so that files are named as in the import lines."""
    depth = len(native.package_name().split("/")) - 1
    return "/".join([".."] * depth)

"""proto_package: the .proto files of one folder as two C++ libraries, messages and gRPC.

They are two so that the domain's cores, which speak messages, link no gRPC.
"""

def proto_package(name, srcs, services = [], deps = [], root = "proto", visibility = None):
    """Makes :NAME (messages) and, when there are services, :NAME_grpc (stubs) and :NAME_descriptor.

    Args:
      name: the messages' cc_library.
      srcs: every .proto of the folder.
      services: those of them that declare a service.
      deps: other proto_packages whose messages these use, as full labels ("//proto/x:x").
      root: the folder that the import lines start at.
      visibility: as everywhere.
    """
    stems = [s[:-len(".proto")] for s in srcs]
    native.filegroup(name = name + "_protos", srcs = srcs, visibility = visibility)
    imports = [d + "_protos" for d in deps]
    native.genrule(
        name = name + "_gen",
        srcs = srcs + imports,
        outs = [s + ".pb.h" for s in stems] + [s + ".pb.cc" for s in stems],
        cmd = "protoc -I%s --cpp_out=$(GENDIR)/%s " % (root, root) + " ".join(["$(location %s)" % s for s in srcs]),
    )
    native.cc_library(
        name = name,
        srcs = [s + ".pb.cc" for s in stems],
        hdrs = [s + ".pb.h" for s in stems],
        copts = ["-w"],
        strip_include_prefix = "/" + root,
        visibility = visibility,
        deps = deps + ["//third_party:protobuf"],
    )
    if services:
        service_stems = [s[:-len(".proto")] for s in services]
        native.genrule(
            name = name + "_grpc_gen",
            srcs = srcs + imports,
            outs = [s + ".grpc.pb.h" for s in service_stems] + [s + ".grpc.pb.cc" for s in service_stems],
            cmd = "protoc -I%s --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin --grpc_out=$(GENDIR)/%s " % (root, root) +
                  " ".join(["$(location %s)" % s for s in services]),
        )
        native.cc_library(
            name = name + "_grpc",
            srcs = [s + ".grpc.pb.cc" for s in service_stems],
            hdrs = [s + ".grpc.pb.h" for s in service_stems],
            copts = ["-w"],
            strip_include_prefix = "/" + root,
            visibility = visibility,
            deps = [":" + name, "//third_party:grpc"],
        )

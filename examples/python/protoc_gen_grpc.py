"""Lets buf use the gRPC generator of grpcio-tools, which is built into its protoc and has no plugin of its own."""

import pathlib
import sys
import tempfile

from google.protobuf.compiler import plugin_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc

request = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
response = plugin_pb2.CodeGeneratorResponse(
    supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
)
with tempfile.TemporaryDirectory() as folder:
    image = pathlib.Path(folder, "image.binpb")
    image.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
    out = pathlib.Path(folder, "out")
    out.mkdir()
    files = list(request.file_to_generate)
    code = protoc.main(["protoc", f"--descriptor_set_in={image}", f"--grpc_python_out={out}", *files])
    if code != 0:
        response.error = f"grpc_python ended with {code}"
    for path in sorted(out.rglob("*.py")):
        response.file.add(name=path.relative_to(out).as_posix(), content=path.read_text())
sys.stdout.buffer.write(response.SerializeToString())

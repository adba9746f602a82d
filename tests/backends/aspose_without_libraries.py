"""The backend `aspose_local` in processes that lack what the engine needs, for worker processes to import."""

from ocrkit.backends.aspose_local import AsposeLocalBackend


class WithoutOpenSsl(AsposeLocalBackend):
    def prepare_process(self, folder):
        return super().prepare_process(folder) | {"LD_LIBRARY_PATH": ""}


class WithoutInvariance(AsposeLocalBackend):
    def prepare_process(self, folder):
        return super().prepare_process(folder) | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "0"}

// A plugin's entry function implements a declaration of the C header: `import ArcadiaPlugin` brings it along.
@_exported public import CArcadiaPlugin

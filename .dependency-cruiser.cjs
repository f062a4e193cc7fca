module.exports = { forbidden: [{name:'no-circular', severity:'error', from:{}, to:{circular:true}}], options: { parser: 'swc', doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true } };

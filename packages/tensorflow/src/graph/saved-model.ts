import { createRequire } from 'node:module';
import type { Attribute, DataType, Graph, GraphShape, Operation, Signature, Value } from './graph.ts';

/**
 * A graph as a SavedModel, in one file: TensorFlow's GraphDef, with a signature for each thing that can be asked of
 * it. It has no functions, no initialiser and no checkpoint: variables get their values by being assigned.
 */
export function savedModel(graph: Graph): Uint8Array {
  const definition = new proto.GraphDef();
  for (const operation of graph.operations) definition.addNode(nodeOf(operation));
  const versions = new proto.VersionDef();
  versions.setProducer(GRAPH_VERSION);
  definition.setVersions(versions);

  const info = new proto.MetaGraphDef.MetaInfoDef();
  info.setTagsList([TAG]);
  const meta = new proto.MetaGraphDef();
  meta.setMetaInfoDef(info);
  meta.setGraphDef(definition);
  for (const [name, signature] of graph.signatures)
    meta.getSignatureDefMap().set(name, signatureOf(signature));

  const model = new proto.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(meta);
  return model.serializeBinary();
}

/** What the graph is for, by which it is found in the file. */
export const TAG = 'serve';
/** Of the meaning of operations: any from 2019 on has all that is used here. */
const GRAPH_VERSION = 1087;

/** The part of the protobuf classes that tfjs-node brings for reading SavedModels, and does not declare. */
interface Message {
  serializeBinary(): Uint8Array;
}
type MessageMap = Map<string, Message>;
interface NodeDef extends Message {
  setName(name: string): void;
  setOp(type: string): void;
  setInputList(inputs: string[]): void;
  getAttrMap(): MessageMap;
}
interface AttrValue extends Message {
  setType(type: number): void;
  setI(value: number): void;
  setF(value: number): void;
  setB(value: boolean): void;
  setS(value: Uint8Array): void;
  setList(list: Message): void;
  setShape(shape: Message): void;
  setTensor(tensor: Message): void;
}
interface Protobuf {
  GraphDef: new () => Message & { addNode(node: NodeDef): void; setVersions(versions: Message): void };
  NodeDef: new () => NodeDef;
  VersionDef: new () => Message & { setProducer(version: number): void };
  AttrValue: (new () => AttrValue) & { ListValue: new () => Message & { setIList(values: number[]): void } };
  TensorShape: (new () => Message & { addDim(dim: Message): void }) & {
    Dim: new () => Message & { setSize(size: number): void };
  };
  Tensor: new () => Message & {
    setDtype(type: number): void;
    setTensorShape(shape: Message): void;
    setTensorContent(bytes: Uint8Array): void;
  };
  TensorInfo: new () => Message & {
    setName(name: string): void;
    setDtype(type: number): void;
    setTensorShape(shape: Message): void;
  };
  SignatureDef: new () => Message & {
    getInputsMap(): MessageMap;
    getOutputsMap(): MessageMap;
    setMethodName(name: string): void;
  };
  MetaGraphDef: (new () => Message & {
    setMetaInfoDef(info: Message): void;
    setGraphDef(graph: Message): void;
    getSignatureDefMap(): MessageMap;
  }) & { MetaInfoDef: new () => Message & { setTagsList(tags: string[]): void } };
  SavedModel: new () => Message & {
    setSavedModelSchemaVersion(version: number): void;
    addMetaGraphs(meta: Message): void;
  };
}

const proto = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js') as Protobuf;

/** tensorflow/core/framework/types.proto */
const TYPE_NUMBERS: Readonly<Record<DataType, number>> = {
  float32: 1,
  int32: 3,
  uint8: 4,
  bool: 10,
  bfloat16: 14,
  resource: 20,
};

function nodeOf({ name, type, inputs, after, attributes }: Operation): NodeDef {
  const node = new proto.NodeDef();
  node.setName(name);
  node.setOp(type);
  node.setInputList([...inputs.map(nameOf), ...after.map((operation) => `^${operation.name}`)]);
  for (const [key, attribute] of Object.entries(attributes))
    node.getAttrMap().set(key, attributeOf(attribute));
  return node;
}

const nameOf = ({ operation, index }: Value): string => `${operation.name}:${index}`;

function attributeOf(attribute: Attribute): AttrValue {
  const value = new proto.AttrValue();
  if ('type' in attribute) value.setType(TYPE_NUMBERS[attribute.type]);
  else if ('int' in attribute) value.setI(attribute.int);
  else if ('float' in attribute) value.setF(attribute.float);
  else if ('bool' in attribute) value.setB(attribute.bool);
  else if ('string' in attribute) value.setS(Buffer.from(attribute.string));
  else if ('shape' in attribute) value.setShape(shapeOf(attribute.shape));
  else if ('tensor' in attribute) {
    const tensor = new proto.Tensor();
    tensor.setDtype(TYPE_NUMBERS[attribute.tensor.dtype]);
    tensor.setTensorShape(shapeOf(attribute.tensor.shape));
    tensor.setTensorContent(attribute.tensor.bytes);
    value.setTensor(tensor);
  } else {
    const list = new proto.AttrValue.ListValue();
    list.setIList([...attribute.ints]);
    value.setList(list);
  }
  return value;
}

function shapeOf(shape: GraphShape): Message {
  const message = new proto.TensorShape();
  for (const size of shape) {
    const dimension = new proto.TensorShape.Dim();
    dimension.setSize(size ?? -1);
    message.addDim(dimension);
  }
  return message;
}

function signatureOf({ inputs, outputs }: Signature): Message {
  const message = new proto.SignatureDef();
  message.setMethodName('run');
  for (const [key, value] of Object.entries(inputs)) message.getInputsMap().set(key, infoOf(value));
  for (const [key, value] of Object.entries(outputs)) message.getOutputsMap().set(key, infoOf(value));
  return message;
}

function infoOf(value: Value): Message {
  const info = new proto.TensorInfo();
  info.setName(nameOf(value));
  info.setDtype(TYPE_NUMBERS[value.dtype]);
  info.setTensorShape(shapeOf(value.shape));
  return info;
}

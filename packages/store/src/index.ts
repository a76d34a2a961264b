export { createInnerStore, createStore, StoreGateway } from './store.ts';
export { storeInfo } from './store-info.ts';
